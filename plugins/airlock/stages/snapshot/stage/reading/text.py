"""Reads a file of text as UTF-8: unpacks within bounds, decodes, and checks the text."""

from __future__ import annotations

import codecs
import io

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.bounds import Unpacked
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.strict import Strict

_MARK = "\ufeff".encode()


class DeliveredText(io.RawIOBase):
    """The bytes of one file as Arrow reads them: UTF-8 without a byte order mark.

    Reading raises what is wrong with the file as `DataError`.

    Args:
        file: to read.
        contract: says how its text is encoded, and how far it may unpack.
        strict: is shown every byte; None if nobody looks.
        encoding: if it is another than the contract says of CSV files.
    """

    def __init__(
        self,
        file: DeliveredFile,
        contract: Contract,
        strict: Strict | None = None,
        *,
        encoding: str | None = None,
    ) -> None:
        self._file = file
        self._encoding = encoding or contract.csv.encoding
        self._is_utf8 = codecs.lookup(self._encoding).name in {"utf-8", "utf-8-sig"}
        self._decoder = codecs.getincrementaldecoder("utf-8" if self._is_utf8 else self._encoding)()
        self._raw = file.stream()
        self._unpacked = Unpacked(file, contract)
        self._strict = strict
        self._ready = b""
        self._begun = self._over = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none once the file is over."""
        assert size > 0, "a file is never read whole"
        while not self._ready and not self._over:
            self._ready = self._next(size)
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def close(self) -> None:
        self._raw.close()
        super().close()

    def _next(self, size: int) -> bytes:
        raw = self._pull(size)
        self._over = not raw
        try:
            text = self._decoder.decode(raw, final=self._over)
            chunk = raw if self._is_utf8 else text.encode()
        except UnicodeError:
            raise undecodable(self._file, self._encoding) from None
        if chunk and not self._begun:
            self._begun = True
            chunk = chunk.removeprefix(_MARK)
        if self._strict is not None:
            self._strict.feed(chunk)
            if self._over:
                self._strict.end()
        return chunk

    def _pull(self, size: int) -> bytes:
        try:
            # A mark of three bytes, or a character's first one, is never all that there is.
            raw: bytes = self._raw.read(max(size, 16))
        except (pa.ArrowException, OSError):
            raise damaged(self._file) from None
        self._unpacked.add(len(raw))
        return raw


def undecodable(file: DeliveredFile, encoding: str) -> DataError:
    """That a file is written in another encoding."""
    csv = ", or name its encoding in the contract under csv" if file.format == "csv" else ""
    return DataError(
        f"{file.name} is not {encoding.upper()}.", do=f"Export it as {encoding.upper()}{csv}."
    )


def damaged(file: DeliveredFile) -> DataError:
    """That a packed file does not unpack, or a disk does not read."""
    return DataError(
        f"{file.name} cannot be unpacked: it is cut off or damaged.", do="Deliver it again."
    )
