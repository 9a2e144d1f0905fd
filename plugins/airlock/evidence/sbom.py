"""The bill of materials of the environment that a model was trained in: CycloneDX 1.6."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from airlock.core.content import sha256
from airlock.core.errors import SettingsError, Unverified
from airlock.core.quoting import line
from airlock.evidence.gathered import Gathered
from airlock.reading import read_json

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from cyclonedx.validation.json import JsonStrictValidator

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)")
_PYTHON = re.compile(r"# python ([0-9.]+)")


def sbom(gathered: Gathered) -> bytes:
    """Everything that was installed where the model was trained, as the training recorded it.

    Trainings of earlier versions recorded less: what loading the bundle needs, or the libraries
    that decide the weights. What is missing then is said (`compositions`), and licences nobody
    recorded are unknown; nothing is looked up on this machine.

    Raises:
        SettingsError: the library that writes it is not installed.
        Unverified: it is not what the schema of CycloneDX allows.
    """
    _demand_library()
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    environment, whole, source = _recorded(gathered)
    root = Component(
        name=f"training of {gathered.of.model} version {gathered.of.version}",
        type=ComponentType.APPLICATION,
        bom_ref="training",
        version=str(gathered.of.version),
    )
    python = environment.get("python")
    interpreter = [_interpreter(str(python))] if python else []
    parts = {one["name"]: _component(one) for one in environment["distributions"]}
    bom = Bom(
        serial_number=serial(gathered, "sbom"),
        components=[*interpreter, *parts.values()],
        metadata=BomMetaData(
            component=root,
            timestamp=gathered.of.decided.at,
            properties=[
                Property(name="airlock:recorded", value=source),
                *(
                    Property(name=f"airlock:{name}", value=str(environment[name]))
                    for name in ("implementation", "system")
                    if name in environment
                ),
            ],
        ),
    )
    needed = {name for one in environment["distributions"] for name in one.get("requires", ())}
    roots = [part for name, part in parts.items() if name not in needed]
    bom.register_dependency(root, [*interpreter, *roots])
    for one in environment["distributions"]:
        required = [parts[name] for name in one.get("requires", ()) if name in parts]
        bom.register_dependency(parts[one["name"]], required)
    document = read_json(JsonV1Dot6(bom).output_as_string(), size=1 << 26)
    document["compositions"] = [
        {"aggregate": "complete" if whole else "incomplete", "assemblies": ["training"]}
    ]
    return validated(document, "sbom.cdx.json")


def validated(document: Mapping[str, Any], name: str) -> bytes:
    """A bill of materials as it is packed, once the library's own schema has passed it.

    Raises:
        Unverified: it does not.
    """
    _demand_library()
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    problem = _validator().validate_str(text)
    if problem is not None:
        # Its text quotes the whole document.
        at = "/".join(map(str, getattr(problem.data, "absolute_path", ())))
        raise Unverified(
            f"{name} is not what CycloneDX 1.6 allows (at {at or 'its top'}).",
            do="Report it: whatever was recorded, the file must be valid.",
        )
    return text.encode()


@cache
def _validator() -> JsonStrictValidator:
    """One for the process: to read the schema takes longer than to use it."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6)


def serial(gathered: Gathered, name: str) -> uuid.UUID:
    """A serial number that is a function of what the document is about."""
    about = sha256(f"{name}/{gathered.of.decided.sha256}".encode())
    return uuid.UUID(hex=about[:32], version=5)


def _recorded(gathered: Gathered) -> tuple[Mapping[str, Any], bool, str]:
    """The environment, whether it is the whole closure, and who recorded it."""
    if gathered.environment is not None:
        return gathered.environment, True, "environment.json of the training's report"
    if (lock := gathered.bundled.get("environment.lock")) is not None:
        text = lock.decode()
        python = _PYTHON.match(text)
        pins = [_PIN.fullmatch(row) for row in text.splitlines()]
        return (
            {
                **({"python": python[1]} if python else {}),
                "distributions": [
                    {"name": pin[1], "version": pin[2], "licence": ""} for pin in pins if pin
                ],
            },
            False,
            "environment.lock of the bundle: what loading it needs",
        )
    libraries = gathered.training.libraries
    return (
        {
            "distributions": [
                {"name": name, "version": version, "licence": ""}
                for name, version in sorted(libraries.items())
                if version and name != "python"
            ]
        },
        False,
        "libraries of the training's record: what decides the weights",
    )


def _component(one: Mapping[str, Any]) -> Component:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    name, version, licence = one["name"], one["version"], one.get("licence")
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"pkg:pypi/{name}@{version}",
        purl=PackageURL(type="pypi", name=name, version=version),
        licenses=[LicenseFactory().make_from_string(line(licence, 200))] if licence else [],
        properties=[] if licence else [Property(name="airlock:licence", value="unknown")],
    )


def _interpreter(version: str) -> Component:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    return Component(
        name="python",
        version=version,
        type=ComponentType.PLATFORM,
        bom_ref=f"pkg:generic/python@{version}",
        purl=PackageURL(type="generic", name="python", version=version),
        properties=[Property(name="airlock:licence", value="unknown")],
    )


def distributions_of(gathered: Gathered) -> Iterable[Mapping[str, Any]]:
    """Names and versions of what was recorded, for whoever lists them."""
    found: Iterable[Mapping[str, Any]] = _recorded(gathered)[0]["distributions"]
    return found


def _demand_library() -> None:
    try:
        import cyclonedx.validation.json  # noqa: F401 -- whether it is there
    except ImportError:
        raise SettingsError(
            "An evidence pack needs a package that is not installed.",
            do="pip install 'airflow-airlock[evidence]'",
        ) from None
