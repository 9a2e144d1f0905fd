"""Keys and settings that are gone, torn, or somebody else's."""

from __future__ import annotations

import base64
import json
import os

from tests.faults.catalog import fault
from tests.faults.world import World


def _trusted(name: str, what: str, text: str | None) -> None:
    @fault(
        f"trusted keys {name}",
        broken=what,
        promised="Nothing is decided, promoted or scored; the file is named. Put back, it goes on.",
        level="stage",
        ready=True,
        after=("scoring",),
    )
    def trusted(world: World) -> str:
        run, scores = world.before("gate"), world.before("score")
        path = world.site.trusted
        kept = path.read_text()
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
        ended = [run.once("gate"), scores.once("score")]
        path.write_text(kept)
        assert {one.state for one in ended} == {"failed"}, ended
        run.rest("gate")
        scores.rest("score")
        return f"“{ended[0].error[:110]}”"


_STRANGER = base64.b64encode(bytes(32)).decode()
_trusted("missing", "The file of trusted keys is gone.", None)
_trusted("torn", "The file of trusted keys ends in the middle.", '{"66d9')
_trusted("empty", "The file of trusted keys lists none.", "{}")
_trusted("exchanged", "The file lists a stranger's key alone.", json.dumps({"0" * 16: _STRANGER}))
_trusted(
    "under another name",
    "The file lists a stranger's key under the name of ours.",
    json.dumps({"56475aa75463474c": _STRANGER}),
)


def _signing(name: str, what: str, seed: str | None) -> None:
    @fault(
        f"signing key {name}",
        broken=what,
        promised="Nothing is written into the ledger; the connection is named. Put back, it goes "
        "on.",
        level="stage",
        ready=True,
        after=("scoring",),
    )
    def signing(world: World) -> str:
        run = world.before("gate")
        site, kinds = run.site, world.site.kinds()
        run.site = site.changed(seed=seed)
        ended = run.once("gate")
        run.site = site
        assert ended.state == "failed", ended
        assert "airlock_signing" in ended.error, ended.error
        assert world.site.kinds() == kinds
        run.rest("gate")
        return f"“{ended.error[:110]}”"


_signing("missing", "The connection airlock_signing is gone.", None)
_signing("of a stranger", "airlock_signing holds a key that nobody trusts.", _STRANGER)
_signing("torn", "airlock_signing holds half a key.", "AAAA")


@fault(
    "store unreadable",
    broken="The user of Airflow may not read the folder of the ledger.",
    promised="An error that names the place; nothing is promoted.",
    level="stage",
    needs=("root",),
    ready=True,
    after=("scoring",),
)
def _unreadable(world: World) -> str:
    run = world.before("promote")
    folder = world.site.folder / "store/ledger"
    for path in (world.site.folder, *world.site.folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    folder.chmod(0o000)
    real = (*world.site.folder.resolve().parents, *world.site.folder.parents)
    above = [one for one in set(real) if one.stat().st_uid == 0]
    modes = {one: one.stat().st_mode for one in above}
    try:
        for one in above:
            one.chmod(modes[one] | 0o011)
        # root may read whatever it likes: the try is somebody else's.
        ended = run.once("promote", broken=lambda: os.setuid(65_534))
    finally:
        for one, mode in modes.items():
            one.chmod(mode)
        folder.chmod(0o777)
    assert ended.state in {"failed", "again"}, ended
    assert "No permission" in ended.error, ended.error
    run.rest("promote")
    return f"{ended.state}: “{ended.error[:110]}”"
