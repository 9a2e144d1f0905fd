"""Puts a test's rows where the snapshot of a pipeline finds them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.stages.snapshot.spec import NIGHT, has_nights

if TYPE_CHECKING:
    import pandas as pd

    Rows = pd.DataFrame | Sequence[Mapping[str, Any]] | str | Path


def deliver(task: Any, rows: Any, *, night: str, below: Path, project: Path) -> None:
    """Deliver rows as one night's, and have a snapshot read them.

    Args:
        task: a `SnapshotOperator`, whose source is replaced.
        rows: a table, rows as dictionaries, or a file, which is read as it is.
        night: that they are of.
        below: the folder of this source's deliveries.
        project: whose DAG it is.
    """
    nights = task.window > 1 or _by_night(task.source, project)
    folder = below / night if nights else below
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.iterdir():
        earlier.unlink()
    if isinstance(rows, str | Path):
        shutil.copy(rows, folder)
        suffix = "".join(Path(rows).suffixes[-2:])
    else:
        _frame(rows).to_parquet(folder / "rows.parquet", index=False)
        suffix = ".parquet"
    task.source = f"{below / NIGHT if nights else below}/*{suffix}"


def _by_night(source: Any, project: Path) -> bool:
    return has_nights(source) if isinstance(source, str) else source.by_night(project)


def _frame(rows: Any) -> pd.DataFrame:
    import pandas as pd

    return rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
