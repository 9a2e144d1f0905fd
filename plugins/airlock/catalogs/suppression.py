"""The suppression list: erased people, by keyed digest, who are left out of every later night.

Somebody is on it by one object, `suppressed/<domain>/<digest>.json`, written once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airlock.core.content import canonical_json
from airlock.core.errors import SettingsError
from airlock.core.names import level
from airlock.reading import read_json
from airlock.store import Store


def suppress(store: Store, *, domain: str, digest: str, key_id: str) -> bool:
    """Put somebody on the list; once there, for good.

    Args:
        domain: of the pseudonyms of the column that names them.
        digest: keyed, of the identifier.
        key_id: of the key.

    Returns:
        Whether this call put them there.
    """
    key = _key(domain, digest)
    if store.exists(key):
        return False
    return store.create(key, canonical_json({"key": key_id}))


def suppressed(
    store: Store, domains: Iterable[str], *, key_id: str
) -> Mapping[str, frozenset[str]]:
    """The digests of the erased, by domain; a domain without any is left out.

    Raises:
        SettingsError: somebody was put there under another key, so nobody could recognise them.
    """
    found = {domain: frozenset(_digests(store, domain, key_id)) for domain in sorted(set(domains))}
    return {domain: digests for domain, digests in found.items() if digests}


def _digests(store: Store, domain: str, key_id: str) -> Iterable[str]:
    for stat in store.list(_key(domain)):
        if read_json(store.get(stat.key))["key"] != key_id:
            raise SettingsError(
                f"{stat.key} was written under another key than that in airlock_pseudonym.",
                do="Erase whom it stands for again under the new key, then remove the old object; "
                "docs/erase.md shows how.",
            )
        yield stat.key.rpartition("/")[2].removesuffix(".json")


def _key(domain: str, digest: str = "") -> str:
    # A domain is any text; a key must stay one level.
    return f"suppressed/{level(domain)}/{digest}" + (".json" if digest else "")
