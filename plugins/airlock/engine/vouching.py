"""Signs champions of a ledger after a key change, or from before signing existed."""

from __future__ import annotations

from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.ledger import Champion, Ledger
from airlock.signing.bundles import sign, stored


def sign_champions(ledger: Ledger) -> int:
    """Sign the bundle of everybody who was ever champion and has no signature that counts.

    The chain names each bundle and the result that lists its files; nothing else is believed.

    Returns:
        How many were signed now.

    Raises:
        Unverified: a result is not the recorded one.
        ObjectMissing: a result is gone.
    """
    made = [one for one in ledger.entries() if one.kind in {"promoted", "rolled_back"}]
    champions = {one.bundle: one for one in map(Champion.from_entry, made)}
    return sum(_sign_if_missing(ledger, champion) for champion in champions.values())


def _sign_if_missing(ledger: Ledger, champion: Champion) -> bool:
    model, trusted = ledger.model, ledger.valid_keys()
    try:
        stored(ledger.store, model=model, bundle=champion.bundle, trusted=trusted)
    except Unverified:
        pass
    else:
        return False
    training = publication.load(
        ledger.store, champion.training, expected=champion.training_sha256
    ).result
    if training.data.digest != champion.bundle:
        raise Unverified(
            f"The training of version {champion.version} of {model} is of another bundle.",
            do=f"`airlock verify {model}` says more; nothing is signed.",
        )
    files = {file.path: file.sha256 for file in training.data.files}
    sign(ledger.store, ledger.key(), files, model=model)
    return True
