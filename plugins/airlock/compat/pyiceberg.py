"""What Airlock takes from the inside of pyiceberg (read in 0.12.0)."""

from __future__ import annotations

from typing import Any

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import StaticTable


def table_at(metadata: str, properties: dict[str, str]) -> StaticTable:
    """The table that a metadata file describes.

    `StaticTable.from_metadata` would import whatever class the file names as `py-io-impl`.
    """
    io = PyArrowFileIO(properties)
    return StaticTable(
        identifier=("static-table", metadata),
        metadata_location=metadata,
        metadata=FromInputFile.table_metadata(io.new_input(metadata)),
        io=io,
        catalog=NoopCatalog("static-table"),
    )


def keep_from_importing(catalog: Any, properties: dict[str, str]) -> None:
    """Have a catalog read metadata by Arrow alone, whatever class a table names for that."""

    def by_arrow(*_: Any, **__: Any) -> PyArrowFileIO:
        return PyArrowFileIO(properties)

    if not hasattr(catalog, "_load_file_io"):
        raise AttributeError("_load_file_io")
    catalog._load_file_io = by_arrow
