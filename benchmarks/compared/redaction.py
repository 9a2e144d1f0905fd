"""The sides of the redaction benchmark, each for a process of its own: prints what it measured.

    python -m benchmarks.compared.redaction ours '{"entities": "usual", "notes": 4000}'

A side imports what it needs when it is called: what another one needs is no part of its memory.
"""

from __future__ import annotations

import hashlib
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

NIGHT = date(2026, 1, 5)
TRIALS = 3
WARM = 2_000  # texts that nobody counts: libraries compile their expressions when they meet them
GROUP = 10_000  # rows that a process works on at a time; a real table's groups have five times more


def stock(entities: str, notes: int) -> dict[str, Any]:
    """Stock Presidio."""
    from presidio_analyzer import BatchAnalyzerEngine

    from tests.integration import presidio_stock

    column = _column(entities)
    engine = BatchAnalyzerEngine(presidio_stock.stock(column))

    def findings(texts: Sequence[str]) -> list[Any]:
        found = engine.analyze_iterator(texts, "en", batch_size=256, entities=list(column.entities))
        told = [
            [(one.entity_type, one.start, one.end, one.score) for one in each] for each in found
        ]
        # Invoices are no phone numbers to us.
        return [
            presidio_stock.but_for_references(text, some)
            for text, some in zip(texts, told, strict=True)
        ]

    with presidio_stock.offline():
        return _timed(findings, notes)


def ours(entities: str, notes: int) -> dict[str, Any]:
    """Airlock's analyzer."""
    from airlock.stages.redact.stage.analyzer.analyzer import Analyzer
    from tests.integration.presidio_stock import told

    analyzer = Analyzer(_column(entities))
    return _timed(lambda texts: [told(one) for one in analyzer.findings(texts)], notes)


def taught(model: str, lessons: int) -> None:
    """Teach a model some names: what it knows is no matter here, what it computes is."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")  # with spaCy's own small convolutional tok2vec
    examples = []
    for text, people in _people(lessons):
        doc = nlp.make_doc(text)
        examples.append(Example.from_dict(doc, {"entities": people}))
    optimizer = nlp.initialize(lambda: examples)
    for start in range(0, len(examples), 20):
        nlp.update(examples[start : start + 20], sgd=optimizer)
    nlp.to_disk(model)


def ner(model: str, notes: int) -> dict[str, Any]:
    """The model alone, and the analyzer with the model and the usual patterns, in turns."""
    import spacy

    from airlock.stages.redact.spec import USUAL, ColumnRedaction, Ner
    from airlock.stages.redact.stage.analyzer.analyzer import Analyzer, NerEngine

    texts = _notes(notes + WARM)
    column = ColumnRedaction(action="scan", entities=("PERSON", *USUAL))
    analyzer = Analyzer(column, NerEngine(Ner(models={"en": model})))
    nlp = spacy.load(model)

    def alone(some: Sequence[str]) -> None:
        for _ in nlp.pipe(some, batch_size=256):
            pass

    alone(texts[:WARM])
    analyzer.findings(texts[:WARM])
    pipe_s, ours_s, names = [], [], 0
    for _ in range(TRIALS):
        pipe_s.append(_seconds(lambda: alone(texts[WARM:])))
        began = time.process_time()
        found = analyzer.findings(texts[WARM:])
        ours_s.append(time.process_time() - began)
        names = sum(one.entity == "PERSON" for each in found for one in each or ())
    return {
        "pipe_s": statistics.median(pipe_s),
        "ours_s": statistics.median(ours_s),
        "names": names,
    }


def pseudonyms(values: int, distinct: int, customers: int) -> dict[str, float]:
    """Pseudonyms of a column, per second of one core."""
    import numpy as np
    import pyarrow as pa

    from airlock.config.settings import SecretKey
    from airlock.stages.redact.stage.pseudonym import Pseudonyms

    made = Pseudonyms(SecretKey(bytes(32)), "customer")
    names = pa.array([f"C{number:08d}" for number in range(distinct)])
    repeats = names.take(pa.array(np.random.default_rng(0).integers(0, customers, values)))
    foreign = pa.array([f"Zoë {number}" for number in range(distinct // 4)])
    columns = {"repeats": repeats, "distinct": names, "beyond_ascii": foreign}
    return {
        name: len(column) / _seconds(partial(made.column, column))
        for name, column in columns.items()
    }


def written(folder: str, rows: int, kind: str) -> None:
    """Write a validated table in bounded memory."""
    import pyarrow.parquet as pq

    Path(folder).mkdir()
    tables = _tables_with_notes(rows) if kind == "notes" else _tables_with_short_texts(rows)
    writer = None
    with (Path(folder) / "part-00000.parquet").open("wb") as file:
        for table in tables:
            writer = writer or pq.ParquetWriter(file, table.schema)
            writer.write_table(table, row_group_size=GROUP if kind == "notes" else 50_000)
        if writer:
            writer.close()


def redacted(folder: str, rows: int, processes: int) -> dict[str, Any]:
    """The whole stage on a table; seconds are those of the clock."""
    from airlock.config.settings import SecretKey
    from airlock.stages.redact.spec import RedactionSpec
    from airlock.stages.redact.stage.redact import RedactionContext, redact
    from airlock.stages.snapshot.record import Part
    from airlock.stages.validate.record import Validation

    validation = Validation(
        suite="0" * 64,
        night=NIGHT.isoformat(),
        rows=rows,
        quarantined=0,
        checks=(),
        parts=(Part(path="part-00000.parquet", rows=rows),),
        quarantine=(),
    )
    key = SecretKey(bytes(32))
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        redaction = redact(
            validation,
            RedactionSpec.model_validate({"columns": _COLUMNS}),
            RedactionContext(
                entity="customer_id",
                model="churn",
                pseudonym_key=key,
                split_key=key,
                processes=processes,
            ),
            table=Path(folder),
            out=Path(out),
        )
        seconds = time.perf_counter() - began
        if redaction.rows + redaction.quarantined != rows:
            raise SystemExit(f"The table was not redacted: {redaction.reasons}.")
        total = hashlib.sha256()
        for path in sorted(Path(out).glob("*.parquet")):
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": seconds,
        "sha256": total.hexdigest(),
        # Linux counts in KiB.
        "rss_gb": round(used.ru_maxrss * 1024 / 1e9, 3),
    }


_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "customer_id": {"action": "pseudonym", "domain": "customer"},
    "full_name": {"action": "drop"},
    **{f"amount_{at}": {"action": "keep"} for at in range(4)},
    "plan": {"action": "keep"},
    "note": {"action": "scan", "patterns": "only"},
}


def _tables_with_notes(rows: int) -> Iterator[Any]:
    notes = _notes(rows // 2)
    # As often as not there is none; and no two are equal.
    yield _table(0, rows, [note for one in notes for note in (one, None)])


def _tables_with_short_texts(rows: int) -> Iterator[Any]:
    for start in range(0, rows, 250_000):
        many = min(250_000, rows - start)
        places = range(start, start + many)
        yield _table(
            start,
            many,
            [None if at % 10 else f"asked about case {_letters(at)}, all is well" for at in places],
        )


def _letters(number: int) -> str:
    return f"{number:x}".translate(str.maketrans("0123456789", "ghijklmnop"))


def _table(start: int, rows: int, notes: Sequence[str | None]) -> Any:
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng(start)
    return pa.table(
        {
            "customer_id": [f"C{number:09d}" for number in range(start, start + rows)],
            "full_name": [f"Name {number}" for number in range(start, start + rows)],
            **{f"amount_{at}": chance.normal(size=rows) for at in range(4)},
            "plan": chance.choice(["basic", "plus", "family"], rows),
            "note": pa.array([*notes, *[None] * (rows - len(notes))], pa.string()),
        }
    )


def _column(entities: str) -> Any:
    from airlock.stages.redact.spec import ColumnRedaction
    from tests.integration.presidio_stock import ENTITIES

    if entities == "usual":
        return ColumnRedaction(action="scan")
    return ColumnRedaction(action="scan", entities=ENTITIES["en"])


def _notes(count: int) -> list[str]:
    import pyarrow.parquet as pq

    from include.data.subscriptions import write_night

    with tempfile.TemporaryDirectory() as folder:
        # Seven customers in ten have a note.
        write_night(NIGHT, into=Path(folder), rows=count * 3 // 2 + 100)
        table = pq.read_table(Path(folder) / f"date={NIGHT}", columns=["support_note"])
    notes: list[str] = table["support_note"].drop_null().unique().to_pylist()
    return notes[:count]


def _people(count: int) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
    for number, note in enumerate(_notes(count)):
        name = f"Maria Ek{number}"
        yield f"{name} wrote: {note}", [(0, len(name), "PERSON")]


def _timed(findings: Callable[[Sequence[str]], list[Any]], notes: int) -> dict[str, Any]:
    texts = _notes(notes + WARM)
    findings(texts[:WARM])
    began = time.process_time()
    found = findings(texts[WARM:])
    seconds = time.process_time() - began
    told = json.dumps(found).encode()
    return {"per_s": len(found) / seconds, "findings": hashlib.sha256(told).hexdigest()}


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


SIDES: Mapping[str, Callable[..., Any]] = {
    one.__name__: one for one in (stock, ours, taught, ner, pseudonyms, written, redacted)
}


if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]](**json.loads(sys.argv[2]))))
