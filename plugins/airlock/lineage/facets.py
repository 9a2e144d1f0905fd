"""Makes of what an attempt came to what OpenLineage's provider sends.

Names, counts, digests and outcomes alone: no cell's value, no sentence about the data, no text of
an error, no SQL. The provider calls this in a process of its own when the task has ended, and cuts
it off after `[openlineage] execution_timeout`: nothing of it can end or change a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airlock.core.errors import AirlockError
from airlock.lineage.columns import Columns, ReadColumn, columns_made
from airlock.lineage.datasets import (
    Name,
    columns_of,
    input_name,
    made_name,
    model_name,
    source_name,
)
from airlock.lineage.ledger import ledger_facet

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airlock.engine.operator import StageOperator
    from airlock.engine.usage import Meter

_STATUS = {"pass": "pass", "fail": "fail", "cannot tell": "fail", "not applicable": "skip"}
_SEVERITY = {"critical": "error", "warning": "warn", "info": "warn"}
# Both found out by loading what the champion's training left, which may be gone.
_SCORING = frozenset({"score", "shadow"})


def lineage_of(task: StageOperator) -> OperatorLineage[Any, Any]:
    """What is told of a task that has ended, however it ended."""
    from airflow.providers.openlineage.extractors import OperatorLineage

    meter = task.attempted
    if meter is None or meter.whole is None:
        return OperatorLineage()
    told = ToldLineage(task, meter)
    return OperatorLineage(
        inputs=told.inputs(),
        outputs=told.outputs(),
        run_facets=told.run_facets(),
        job_facets=told.job_facets(),
    )


class ToldLineage:
    """What is told of one attempt.

    Args:
        task: that made it.
        meter: what it came to.
    """

    def __init__(self, task: StageOperator, meter: Meter) -> None:
        self.task = task
        self.meter = meter
        self.stage, self.model = meter.stage, meter.model
        self.record: Any = meter.record
        self.features: tuple[str, ...] = ()
        self.scored_by: Name | None = None
        if self.stage in _SCORING and meter.record is not None:
            self._find_model()

    def inputs(self) -> list[Any]:
        """What was read: results of earlier stages, sources, and the model that scored."""
        from openlineage.client.event_v2 import InputDataset

        found: dict[Name, Any] = {}
        if self.stage == "snapshot" and self.record is not None:
            namespace, name = source_name(self.record.source)
            source = InputDataset(namespace=namespace, name=name, facets={})
            found[namespace, name] = source
        for one in self.meter.inputs.values():
            named = input_name(one, self.model)
            found[named] = InputDataset(
                namespace=named[0],
                name=named[1],
                facets=self._described(one.result.stage, one.record, one.content),
                inputFacets=self._checks(one.result.stage),
            )
        if self.scored_by is not None:
            namespace, name = self.scored_by
            found[self.scored_by] = InputDataset(
                namespace=namespace, name=name, facets=self._of_model()
            )
        return list(found.values())

    def outputs(self) -> list[Any]:
        """What was made, or found to be there already."""
        published = self.meter.published
        if published is None or self.record is None:
            return []
        from openlineage.client.event_v2 import OutputDataset

        namespace, name = made_name(published, self.model)
        made = published.result
        facets = self._described(self.stage, self.record, made.content)
        facets |= self._columns()
        facets |= self._elsewhere(made)
        return [
            OutputDataset(
                namespace=namespace, name=name, facets=facets, outputFacets=self._counted(made)
            )
        ]

    def run_facets(self) -> dict[str, Any]:
        """What the ledger says of it, and what the gate's rules came to."""
        facets = {"airlock_ledger": ledger_facet(self.task, self.meter)}
        if self.stage == "gate" and self.record is not None:
            from openlineage.client.facet_v2 import test_run

            facets["test"] = test_run.TestRunFacet(
                tests=[
                    test_run.TestExecution(
                        name=one.rule,
                        status=_STATUS.get(one.outcome, "fail"),
                        severity="error",
                        type=one.rule,
                        expected=_bound(one),
                        actual=None if one.value is None else f"{one.value:g}",
                    )
                    for one in self.record.rulings
                ]
            )
        return facets

    def job_facets(self) -> dict[str, Any]:
        """What kind of job it is."""
        from openlineage.client.facet_v2 import job_type_job

        kind = job_type_job.JobTypeJobFacet(
            processingType="BATCH", integration="AIRLOCK", jobType=self.stage.upper()
        )
        return {"jobType": kind}

    def _find_model(self) -> None:
        """The bundle that scored, and the columns that it looks at."""
        record, attempt = self.record, self.meter.whole
        if not getattr(record, "bundle", "") or self.model is None:
            return
        self.scored_by = model_name(self.model, record.bundle)
        redacted = self.meter.inputs.get("redaction")
        every = columns_of(redacted.record) if redacted is not None else ()
        entity = getattr(redacted.record, "entity", "") if redacted is not None else ""
        self.features = tuple(name for name, _ in every if name != entity)
        assert attempt is not None
        try:
            from airlock.engine.record import record_of
            from airlock.ledger import Champion

            entries = attempt.ledger(self.model).entries()
            champion = Champion.from_entry(entries[record.sequence - 1])
            trained: Any = attempt.read_recorded(
                record_of("train"), champion.training, sha256=champion.training_sha256
            ).record
            self.features = tuple(name for name, _ in trained.features)
        except (AirlockError, LookupError, ValueError):
            return  # then all that it could look at is told

    def _described(self, stage: str, record: Any, content: str) -> dict[str, Any]:
        from openlineage.client.facet_v2 import (
            dataset_type_dataset,
            dataset_version_dataset,
            schema_dataset,
        )

        facets: dict[str, Any] = {
            "version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=content)
        }
        if stage == "train":
            return facets | self._of_model(record.model_class)
        if columns := columns_of(record):
            fields = [
                schema_dataset.SchemaDatasetFacetFields(name=name, type=kind)
                for name, kind in columns
            ]
            facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
        kind = "FILE" if columns or stage in _SCORING else "JOB_OUTPUT"
        facets["datasetType"] = dataset_type_dataset.DatasetTypeDatasetFacet(
            datasetType=kind, subType=stage.upper()
        )
        return facets

    def _of_model(self, kind: str | None = None) -> dict[str, Any]:
        from openlineage.client.facet_v2 import dataset_type_dataset

        model = dataset_type_dataset.DatasetTypeDatasetFacet(datasetType="MODEL", subType=kind)
        return {"datasetType": model}

    def _columns(self) -> dict[str, Any]:
        from openlineage.client.facet_v2 import column_lineage_dataset as lineage

        made: Columns = columns_made(
            self.stage, self.record, self.meter.inputs, self.features, self.model or ""
        )
        if not made:
            return {}
        fields = {
            name: lineage.Fields(inputFields=[self._field(one) for one in reads])
            for name, reads in made.items()
        }
        return {"columnLineage": lineage.ColumnLineageDatasetFacet(fields=fields)}

    def _field(self, one: ReadColumn) -> Any:
        from openlineage.client.facet_v2 import column_lineage_dataset as lineage

        same = one.direct and not one.masked and one.how in {"", "keep"}
        how = lineage.Transformation(
            type="DIRECT" if one.direct else "INDIRECT",
            subtype="IDENTITY" if same else ("TRANSFORMATION" if one.direct else "CONDITIONAL"),
            description=one.how or None,
            masking=one.masked,
        )
        namespace, name = one.dataset
        return lineage.InputField(
            namespace=namespace, name=name, field=one.column, transformations=[how]
        )

    def _checks(self, of: str) -> dict[str, Any]:
        """What validate found out about the table that it read; counts and names alone."""
        if self.stage != "validate" or self.record is None or of not in {"snapshot", "prepare"}:
            return {}
        from openlineage.client.facet_v2 import data_quality_assertions_dataset as asserted
        from openlineage.client.facet_v2 import data_quality_metrics_input_dataset as measured

        assertions = [
            asserted.Assertion(
                assertion=one.expectation,
                success=one.success,
                column=one.column,
                severity=_SEVERITY.get(one.severity, "error"),
                actual=f"{one.unexpected}",
            )
            for one in self.record.checks
        ]
        rows = measured.DataQualityMetricsInputDatasetFacet(
            columnMetrics={}, rowCount=self.record.rows
        )
        return {
            "dataQualityAssertions": asserted.DataQualityAssertionsDatasetFacet(
                assertions=assertions
            ),
            "dataQualityMetrics": rows,
        }

    def _counted(self, made: Any) -> dict[str, Any]:
        from openlineage.client.facet_v2 import output_statistics_output_dataset as counted

        statistics = counted.OutputStatisticsOutputDatasetFacet(
            rowCount=self.meter.rows,
            size=sum(file.bytes for file in made.data.files),
            fileCount=len(made.data.files),
        )
        return {"outputStatistics": statistics}

    def _elsewhere(self, made: Any) -> dict[str, Any]:
        """Where its files lie, and what consumers call it."""
        from openlineage.client.facet_v2 import symlinks_dataset

        attempt = self.meter.whole
        assert attempt is not None
        names = list(_other_names(self.stage, self.record, self.model))
        if made.data.files:
            store = attempt.stores[made.data.zone].uri
            names.append((*source_name(f"{store.rstrip('/')}/{made.data.prefix}"), "LOCATION"))
        if not names:
            return {}
        identifiers = [
            symlinks_dataset.Identifier(namespace=namespace, name=name, type=kind)
            for namespace, name, kind in names
        ]
        return {"symlinks": symlinks_dataset.SymlinksDatasetFacet(identifiers=identifiers)}


def _other_names(stage: str, record: Any, model: str | None) -> Iterator[tuple[str, str, str]]:
    if model is None:
        return
    if stage in {"score", "route"}:
        night = getattr(record, "night", None)
        if night:
            yield "airlock", f"predictions/{model}/{night}", "PARTITION"
    if stage in {"register", "promote"}:
        yield "airlock", f"model/{model}/{record.bundle}", "MODEL"
        yield "mlflow", f"{model}/{record.version}", "MODEL"


def _bound(one: Any) -> str | None:
    if one.bound is None:
        return None
    side: Mapping[str, str] = {"min": "at least ", "max": "at most "}
    return f"{side.get(one.side or '', '')}{one.bound:g}"
