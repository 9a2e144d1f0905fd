"""How the model was made, as a provenance statement: in-toto v1 with the SLSA v1 predicate.

https://in-toto.io/Statement/v1 and https://slsa.dev/spec/v1.0/provenance. It claims no SLSA level:
who builds is this platform's worker, and docs/evidence.md says what that is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airlock.core.content import canonical_json
from airlock.evidence.gathered import Gathered
from airlock.evidence.sbom import distributions_of
from airlock.ledger.questions import run_of

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
# A digest over names and digests (docs/audit.md), and of no single file.
_CONTENT = "airlockContent"
_BUILD = "urn:airlock:training:v1"


def provenance(gathered: Gathered) -> bytes:
    """The statement: these files are the model, made from that data, code and environment."""
    training, made = gathered.training, gathered.results["train"]
    dag_id, run_id = run_of(gathered.of.decided)
    statement = {
        "_type": _STATEMENT,
        "subject": [
            {"name": one.path, "digest": {"sha256": one.sha256}} for one in made.result.data.files
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD,
                "externalParameters": {
                    "model": gathered.of.model,
                    "version": gathered.of.version,
                    "source": gathered.snapshot.source,
                    "night": training.night,
                    "model_class": training.model_class,
                    "train": dict(training.training),
                },
                "internalParameters": {
                    "seed": training.seed,
                    "split": training.split,
                    "environment": training.environment,
                    "git_commit": made.result.made_by.git_commit,
                },
                "resolvedDependencies": list(_dependencies(gathered)),
            },
            "runDetails": {
                "builder": {"id": "urn:airlock:worker"},
                "metadata": {
                    "invocationId": f"{made.result.made_by.dag_id}/{made.result.made_by.run_id}"
                },
                "byproducts": [
                    {"name": f"results/{stage}", "digest": {"sha256": one.sha256}}
                    for stage, one in gathered.results.items()
                ],
            },
        },
    }
    if (made.result.made_by.dag_id, made.result.made_by.run_id) != (dag_id, run_id):
        # An equal training of an earlier run was taken; the judged run says so.
        details = statement["predicate"]["runDetails"]["metadata"]  # type: ignore[index]
        details["airlock_judged_in"] = f"{dag_id}/{run_id}"
    return canonical_json(statement)


def _dependencies(gathered: Gathered) -> Iterator[dict[str, Any]]:
    training, results = gathered.training, gathered.results
    yield {"name": "source of the model", "digest": {_CONTENT: training.code}}
    for stage, what in (
        (gathered.table, "the rows as they were read"),
        ("validate", "the rows that passed validation"),
        ("redact", "the training data, without direct identifiers"),
    ):
        yield {"name": what, "digest": {_CONTENT: results[stage].result.content}}
    for one in distributions_of(gathered):
        yield {"name": one["name"], "uri": f"pkg:pypi/{one['name']}@{one['version']}"}
