"""The evidence pack: the same bytes, everything that was decided on, and plain gaps."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airlock.bundle.environment import installed as environment_of_this_process
from airlock.catalogs.usage import Energy, note_usage
from airlock.core.content import canonical_json, sha256
from airlock.core.errors import BrokenChain, SpecError, Unverified
from airlock.evidence import Pack
from airlock.evidence.gathered import Gathered
from airlock.evidence.gathering import gather
from airlock.evidence.sbom import sbom
from airlock.ledger import Entry, Kind, hold, release
from airlock.stages.evidence.spec import Governance, questions
from tests.audited import APPROVERS, LATER, MODEL, NEXT, Installation, installed
from tests.judged import NOW
from tests.packed_evidence import SAID, files, pack
from tests.unit.engine.test_usage import ONE

GAP = "**Nobody has said it.**"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return installed(tmp_path_factory.mktemp("evidence") / "here")


@pytest.fixture
def here(original: Installation, tmp_path: Path) -> Installation:
    shutil.copytree(original.folder, tmp_path / "here")
    return Installation(tmp_path / "here")


@pytest.fixture(scope="module")
def made(original: Installation) -> Pack:
    return pack(original)


@pytest.fixture(scope="module")
def said(original: Installation) -> dict[str, bytes]:
    return files(pack(original, governance=SAID))


def entry_of(here: Installation, kind: str) -> Entry:
    return next(one for one in here.ledger().entries() if one.kind == kind)


def test_the_same_version_gives_the_same_bytes(original: Installation, made: Pack):
    assert pack(original).data == made.data


def test_what_later_nights_leave_changes_nothing_of_it(here: Installation, made: Pack):
    here.ledger(by=NEXT).append("incident", {"what": "a later night"}, id="incident/1", at=LATER)

    assert pack(here).data == made.data


def test_a_rollback_is_in_it_and_on_its_first_page(here: Installation, made: Pack):
    promoted = entry_of(here, "promoted")
    body = {
        "champion": {**promoted.body["champion"], "version": 0},
        "from_version": 1,
        "from_bundle": promoted.body["champion"]["bundle"],
        "by": "grace",
        "reason": "complaints",
    }
    here.ledger(by=NEXT).append("rolled_back", body, id="rolled_back/1", at=LATER)

    again = pack(here)

    assert again.entries > made.entries
    assert b"grace took version 1 back" in files(again)["README.md"]


def test_it_holds_the_ledger_byte_for_byte_up_to_the_promotion(original: Installation, made: Pack):
    entries = original.ledger().entries()[: made.entries]

    held = files(made)

    assert entries[-1].kind == "promoted"
    for one in entries:
        assert held[f"ledger/{one.sequence:08d}.json"] == one.stored()


def test_what_was_decided_on_is_there_as_the_ledger_names_it(original: Installation, made: Pack):
    held, decided = files(made), entry_of(original, "decided")
    results = entry_of(original, "run").body["results"]

    for stage, one in results.items():
        assert sha256(held[f"records/{stage}.json"]) == one["sha256"], stage
    assert sha256(held["policy/policy.json"]) == decided.body["evidence"]["policy"]
    assert sha256(held["decision/decision.json"]) == decided.body["decision"]
    assert held["card.md"] == b"a card"


def test_whatever_people_wrote_is_text_in_it(said: dict[str, bytes]):
    for name in ("annex_iv.md", "instructions_for_use.md", "risk_register.md", "approvals.md"):
        text = said[name].decode()
        assert "<script" not in text
        assert "[x](" not in text
        assert not any(row.startswith("# nor") for row in text.splitlines())
        assert "\x1b" not in text
    assert b"Acme Retention" in said["annex_iv.md"]
    # The name of an approver that would be a command in a shell stands there, as text.
    assert APPROVERS[0].split()[0].encode() in said["approvals.md"]


def test_no_weight_and_no_row_is_in_it(made: Pack):
    held = files(made)

    whole = b"".join(held.values())
    for raw in (b"raw rows", b"weights.safetensors\x00", b"no names"):
        assert raw not in whole
    assert not any(name.endswith((".parquet", ".safetensors", ".pt2")) for name in held)


# ---- gaps


def test_without_words_of_people_every_section_that_asks_for_them_is_a_gap(made: Pack):
    annex = files(made)["annex_iv.md"].decode()

    assert "annex_iv 1(e)" in made.unsaid
    assert "risk_register risks" in made.unsaid
    assert annex.split("## 1(e)")[1].split("##")[0].count(GAP) == 1
    # Nothing stands there in place of a word.
    for section in annex.split("\n## ")[1:]:
        assert "From the records" in section or GAP in section, section


def test_what_a_person_said_closes_its_gap_and_no_other(said: dict[str, bytes]):
    unsaid = json.loads(said["pack.json"])["unsaid"]

    assert "annex_iv 1(a)" not in unsaid
    assert "annex_iv 1(e)" not in unsaid
    assert "annex_iv 1(b)" in unsaid
    assert "> Two cores, no GPU." in said["annex_iv.md"].decode()


def test_nothing_is_a_gap_once_everything_is_said(original: Installation):
    whole: dict[str, Any] = {"model": MODEL}
    for key, _ in questions():
        section, _, name = key.partition(".")
        whole.setdefault(section, {})[name] = "Said."
    keys = ("risk", "affects", "likelihood", "severity", "measures", "residual", "owner")
    whole["risks"] = [dict.fromkeys(keys, "Said.")]

    assert pack(original, governance=Governance.model_validate(whole)).unsaid == ()


def test_a_measure_stands_beside_what_its_rule_came_to(said: dict[str, bytes]):
    text = said["risk_register.md"].decode()

    assert "The number of holdout rows is 2,000, must be at least 500." in text
    assert "The rule `fairness`: **it said nothing about this version.**" in text


# ---- bills of materials, and where it comes from


def gathered(here: Installation) -> Gathered:
    stores: Any = {"store": here.store, "raw": here.raw}
    return gather(here.ledger(by=NEXT), 1, stores=stores, scratch=here.folder / "scratch")


def test_what_an_earlier_version_did_not_record_is_incomplete_and_not_looked_up(made: Pack):
    bill = json.loads(files(made)["sbom.cdx.json"])

    assert bill["specVersion"] == "1.6"
    assert bill["compositions"][0]["aggregate"] == "incomplete"
    # This very process has hundreds of packages: none of them is in there.
    assert not bill.get("components")


def test_what_was_installed_where_it_was_trained_is_listed_with_licences(here: Installation):
    recorded = environment_of_this_process()

    bill = json.loads(sbom(replace(gathered(here), environment=recorded)))

    parts = {one["name"]: one for one in bill["components"]}
    assert parts.keys() == {one["name"] for one in recorded["distributions"]} | {"python"}
    assert bill["compositions"][0]["aggregate"] == "complete"
    licences = parts["pydantic"]["licenses"][0]
    assert licences == {"license": {"id": "MIT"}} or "MIT" in json.dumps(licences)
    needed = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert parts["pydantic-core"]["bom-ref"] in needed[parts["pydantic"]["bom-ref"]]


def test_a_licence_that_nobody_recorded_is_unknown(here: Installation):
    one = {"name": "acme", "version": "1.0", "licence": "", "requires": []}
    recorded = {"python": "3.11.9", "distributions": [one]}

    bill = json.loads(sbom(replace(gathered(here), environment=recorded)))

    part = next(one for one in bill["components"] if one["name"] == "acme")
    assert "licenses" not in part
    assert {"name": "airlock:licence", "value": "unknown"} in part["properties"]


def test_the_model_is_a_bill_of_materials_with_its_figures(said: dict[str, bytes]):
    model = json.loads(said["mlbom.cdx.json"])["metadata"]["component"]

    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    auroc = next(one for one in metrics if one["type"] == "auroc")
    assert (auroc["value"], auroc["confidenceInterval"]["lowerBound"]) == ("0.8", "0.795")
    risks = model["modelCard"]["considerations"]["ethicalConsiderations"]
    assert risks[0]["name"] == "A group is called less often."


def test_what_it_took_is_told_and_later_attempts_change_nothing(here: Installation):
    nobody = files(pack(here))
    measured = Energy(watt_hours=1500.0, method="tdp", scope="process")
    took = replace(
        ONE,
        dag_id="churn_training",
        run_id="manual__1",
        at=NOW - timedelta(minutes=1),
        processor=measured,
        devices=None,
    )
    note_usage(here.store, took)
    note_usage(here.store, replace(took, try_number=2, at=NOW + timedelta(days=1)))

    said = files(pack(here))

    assert b"Nothing was written down of it." in nobody["usage.md"]
    assert b"nobody said what it costs" in said["usage.md"]
    assert b"1 attempts, 0 of them reused" in said["usage.md"]
    energy = json.loads(said["mlbom.cdx.json"])["metadata"]["component"]["modelCard"][
        "considerations"
    ]["environmentalConsiderations"]["energyConsumptions"][0]
    assert energy["activityEnergyCost"] == {"value": 1.5, "unit": "kWh"}
    assert energy["properties"] == [{"name": "airlock:method", "value": "tdp, process"}]
    before = json.loads(nobody["mlbom.cdx.json"])["metadata"]["component"]["modelCard"]
    assert "environmentalConsiderations" not in before["considerations"]


def test_the_provenance_speaks_of_every_file_of_the_model(original: Installation, made: Pack):
    statement = json.loads(files(made)["provenance.json"])

    bundle = gathered(original).results["train"].result.data
    assert {one["name"]: one["digest"]["sha256"] for one in statement["subject"]} == {
        one.path: one.sha256 for one in bundle.files
    }
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"


# ---- what does not verify is not packed


def test_a_version_that_never_came_to_the_gate_is_named(original: Installation):
    with pytest.raises(SpecError, match="No version 7 of churn"):
        pack(original, 7)


def test_a_broken_chain_is_not_packed(here: Installation):
    key = f"ledger/{MODEL}/00000002.json"
    here.store.put(key, here.store.get(key).replace(b"passed", b"Passed"))

    with pytest.raises(BrokenChain, match="Entry 2"):
        pack(here)


@pytest.mark.parametrize("what", ["policies", "decisions"])
def test_a_text_that_is_gone_or_altered_stops_it_by_name(here: Installation, what: str):
    entry = entry_of(here, "decided")
    name = entry.body["evidence"]["policy"] if what == "policies" else entry.body["decision"]
    path = here.folder / "store" / what / f"{name}.json"

    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Unverified, match=name):
        pack(here)
    path.unlink()
    with pytest.raises(Unverified, match=f"{name}.json is gone"):
        pack(here)


@pytest.mark.parametrize("stage", ["snapshot", "validate", "redact", "train", "evaluate"])
def test_a_record_that_was_altered_stops_it_by_name(here: Installation, stage: str):
    at = entry_of(here, "run").body["results"][stage]["address"]
    here.store.put(at, here.store.get(at).replace(b'"stage"', b' "stage"'))

    with pytest.raises(Unverified, match=at):
        pack(here)


def test_a_file_of_the_model_or_its_page_that_was_altered_stops_it_by_name(here: Installation):
    page = here.folder / "store/attempts/gate/page/report/card.md"
    weights = next((here.folder / "store").rglob("weights.safetensors"))

    for path in (page, weights):
        before = path.read_bytes()
        path.write_bytes(before + b"!")
        with pytest.raises(Unverified, match=path.name):
            pack(here)
        path.write_bytes(before)


def test_a_model_that_nobody_who_counts_signed_is_not_packed(here: Installation):
    shutil.rmtree(here.folder / "store/signatures")

    with pytest.raises(Unverified, match="was never signed"):
        pack(here)


def test_a_record_that_names_delivered_files_is_left_out_and_said_to_be(here: Installation):
    of = gathered(here)
    one = of.results["snapshot"]
    named = {**one.result.record, "files": [{"name": "ada_lovelace.csv"}]}

    from airlock.evidence.gathering import _left_out

    left = _left_out(
        {**of.results, "snapshot": replace(one, result=replace(one.result, record=named))}
    )

    assert left[0].startswith("records/snapshot.json")
    assert "ada" not in left[0]


def test_the_sums_are_signed_by_a_key_that_is_in_it(made: Pack):
    held = files(made)
    envelope = json.loads(held["SHA256SUMS.dsse.json"])

    assert base64.b64decode(envelope["payload"]) == held["SHA256SUMS"]
    assert envelope["signatures"][0]["keyid"] == NEXT.key_id
    assert f"keys/{NEXT.key_id}.pem" in held
    assert canonical_json(envelope) == held["SHA256SUMS.dsse.json"]


def _back(promoted: Entry) -> Mapping[str, Any]:
    return {
        "champion": promoted.body["champion"],
        "from_bundle": "b" * 64,
        "from_version": 2,
        "by": "grace",
        "reason": "Complaints.",
        "nights": [],
    }


def _past_the_gate(promoted: Entry) -> Mapping[str, Any]:
    glass = {"by": "ada", "reason": "The gate is wrong.", "hours": 24}
    return {**promoted.body, "approved": 0, "approvals": [], "break_glass": glass}


def _on_trial(promoted: Entry) -> Mapping[str, Any]:
    return {
        "promotion": promoted.body,
        "rule": {"steps": [0.1, 1]},
        "share": 0.1,
        "step": 1,
        "because": "It began.",
        "version": 1,
    }


WAYS: Mapping[str, tuple[Sequence[tuple[Kind, Any]], str, str]] = {
    "by a rollback": (
        [("rolled_back", _back)],
        "champion again since",
        "grace took version 2 back",
    ),
    "past the gate": (
        [("promoted", _past_the_gate)],
        "champion by break-glass, past the gate, since",
        "ada made version 1 champion past the gate, for 24 hours",
    ),
    "at the end of a canary": (
        [("canary", _on_trial), ("promoted", lambda one: one.body)],
        "champion since",
        "Version 1 is on trial, with 10% of the keys",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_version_has_its_evidence_however_it_became_champion(here: Installation, way: str):
    then, became, told = WAYS[way]
    ledger, promoted = here.ledger(by=NEXT), entry_of(here, "promoted")
    for number, (kind, body) in enumerate(then):
        ledger.append(kind, body(promoted), id=f"{way}/{number}", at=promoted.at)

    found = files(pack(here, governance=SAID))

    assert f"What became of it: {became}" in found["README.md"].decode()
    # Whoever reads of oversight alone is told as well.
    for name in ("README.md", "annex_iv.md", "impact_assessment.md", "instructions_for_use.md"):
        assert told in found[name].decode()


def test_a_version_that_was_taken_back_is_called_champion_nowhere(here: Installation):
    body = _back(entry_of(here, "promoted"))
    taken = {**body, "from_version": 1, "champion": {**body["champion"], "version": 7}}
    here.ledger(by=NEXT).append("rolled_back", taken, id="x", at=entry_of(here, "promoted").at)

    found = files(pack(here))

    assert "when it was taken back (ledger entry 9)" in found["README.md"].decode()
    assert not any(b"What became of it: champion since" in one for one in found.values())


def test_holds_are_shown_where_records_are_spoken_of(here: Installation):
    ledger, at = here.ledger(by=NEXT), entry_of(here, "promoted").at
    nobody = files(pack(here))["monitoring_plan.md"].decode()
    held = hold(ledger, by="grace", reason="A complaint is pending.", at=at, version=1)

    shown = files(pack(here))["monitoring_plan.md"].decode()
    release(ledger, held.sequence, by="grace", reason="Settled.", at=at)
    lifted = files(pack(here))

    assert "Nobody holds this version" in nobody
    assert "holds version 1 of churn, by grace: A complaint is pending." in shown
    assert "Nobody holds this version" in lifted["monitoring_plan.md"].decode()
    # Both are in the chain that the pack holds.
    assert {"ledger/00000009.json", "ledger/00000010.json"} <= lifted.keys()
