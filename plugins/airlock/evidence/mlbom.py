"""The bill of materials of the model: CycloneDX 1.6 with its model card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airlock.core.quoting import line
from airlock.evidence.gathered import Gathered
from airlock.evidence.sbom import serial, validated
from airlock.stages.evaluate.record import Interval


def mlbom(gathered: Gathered) -> bytes:
    """The model, its data by digest, and its card: figures, groups, risks and energy.

    What nobody said or measured is left out; the schema has no word for it.

    Raises:
        SettingsError: the library with the schema is not installed.
        Unverified: it is not what the schema of CycloneDX allows.
    """
    of, made = gathered.of, gathered.results
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial(gathered, 'mlbom')}",
        "version": 1,
        "metadata": {
            "timestamp": of.decided.at.isoformat(),
            "component": {
                "type": "machine-learning-model",
                "bom-ref": "model",
                "name": of.model,
                "version": str(of.version),
                "modelCard": _card(gathered),
                "properties": [{"name": "airlock:bundle", "value": of.bundle}],
                **_supplier(gathered),
            },
        },
        "components": [
            {
                "type": "file",
                "bom-ref": f"file:{one.path}",
                "name": one.path,
                "hashes": [{"alg": "SHA-256", "content": one.sha256}],
            }
            for one in made["train"].result.data.files
        ]
        + [
            {
                "type": "data",
                "bom-ref": "training-data",
                "name": "training data, without direct identifiers",
                # The name of the content: a digest over paths and digests, and not of one file.
                "version": made["redact"].result.content,
                "data": [{"type": "dataset", "name": line(gathered.snapshot.source, 500)}],
            }
        ],
        "dependencies": [
            {
                "ref": "model",
                "dependsOn": ["training-data"]
                + [f"file:{one.path}" for one in made["train"].result.data.files],
            }
        ],
    }
    return validated(document, "mlbom.cdx.json")


def _supplier(gathered: Gathered) -> dict[str, Any]:
    name = gathered.said("provider.name")
    return {"supplier": {"name": line(name, 500)}} if name else {}


def _card(gathered: Gathered) -> dict[str, Any]:
    training = gathered.training
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": training.task,
            "modelArchitecture": training.model_class,
            "datasets": [{"ref": "training-data"}],
            "inputs": [{"format": f"{name}: {kind}"} for name, kind in training.features],
            "outputs": [{"format": one} for one in _outputs(gathered)],
        },
        "quantitativeAnalysis": {"performanceMetrics": list(_metrics(gathered))},
        "considerations": {key: value for key, value in _considerations(gathered) if value},
    }


def _outputs(gathered: Gathered) -> Iterator[str]:
    training = gathered.training
    yield f"{training.target}: {'class' if training.classes else 'number'}"
    yield from (f"probability_{name}: number" for name in training.classes)


def _metrics(gathered: Gathered) -> Iterator[dict[str, Any]]:
    evaluation = gathered.evaluation
    for name, value in evaluation.candidate.items():
        yield {
            "type": name,
            "value": f"{value.value:.6g}",
            "slice": "holdout",
            "confidenceInterval": _interval(value),
        }
    for one in evaluation.slices:
        for name, figure in one.candidate.items():
            yield {
                "type": name,
                "value": f"{figure:.6g}",
                "slice": line(f"{one.column}: {one.value}", 500),
            }


def _interval(value: Interval) -> dict[str, str]:
    return {"lowerBound": f"{value.low:.6g}", "upperBound": f"{value.high:.6g}"}


def _considerations(gathered: Gathered) -> Iterator[tuple[str, Any]]:
    words = gathered.rules.get("card") or {}
    uses = [gathered.said("system.intended_purpose"), words.get("intended_use")]
    yield "useCases", [one for one in dict.fromkeys(uses) if one]
    limits = [gathered.said("performance.limitations"), words.get("limits"), words.get("not_for")]
    yield "technicalLimitations", [one for one in dict.fromkeys(limits) if one]
    tradeoffs = gathered.said("development.tradeoffs")
    yield "performanceTradeoffs", [tradeoffs] if tradeoffs else []
    risks = gathered.governance.risks if gathered.governance is not None else ()
    yield (
        "ethicalConsiderations",
        [
            {
                "name": one.risk,
                **({"mitigationStrategy": said} if (said := _measures(one)) else {}),
            }
            for one in risks
        ],
    )
    yield "environmentalConsiderations", _environment(gathered)
    yield "fairnessAssessments", list(_fairness(gathered))


def _environment(gathered: Gathered) -> dict[str, Any]:
    """The energy of the training, where it was measured or can be estimated."""
    trained = [one for one in gathered.usage if one.stage == "train" and one.ended != "reused"]
    energy = [one.watt_hours for one in trained]
    if not energy or any(one is None for one in energy):
        return {}
    methods = {
        f"{part.method}, {part.scope}"
        for one in trained
        for part in (one.processor, one.devices)
        if part is not None
    }
    kilowatt_hours = sum(one for one in energy if one is not None) / 1000
    return {
        "energyConsumptions": [
            {
                "activity": "training",
                # Who provided it nobody said.
                "energyProviders": [],
                "activityEnergyCost": {"value": round(kilowatt_hours, 9), "unit": "kWh"},
                "properties": [{"name": "airlock:method", "value": one} for one in sorted(methods)],
            }
        ]
    }


def _measures(risk: Any) -> str:
    rules = f"Rules of the policy: {', '.join(risk.rules)}." if risk.rules else ""
    return " ".join(filter(None, (risk.measures, rules)))


def _fairness(gathered: Gathered) -> Iterator[dict[str, str]]:
    """What was measured of the groups; benefits and harms are for people to say."""
    harms = gathered.said("impact.harms")
    for one in gathered.evaluation.fairness:
        rates = ", ".join(f"{group} {rate:.1%}" for group, rate in one.rates.items())
        figures = ", ".join(f"{name} {value}" for name, value in one.figures.items())
        yield {
            "groupAtRisk": line(f"{one.column} (predicted {one.positive}): {rates}", 2_000),
            "mitigationStrategy": line(f"Measured and judged by the gate: {figures}", 2_000),
            **({"harms": harms} if harms else {}),
        }
