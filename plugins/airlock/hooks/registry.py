"""Collects what Airlock and the installed extensions add, by entry point."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from airlock.core.errors import SettingsError
from airlock.hooks import builtin, kinds, specification

GROUP = "airlock.extensions"

K = TypeVar("K")


@cache
def stages() -> Mapping[str, kinds.Stage]:
    """Every stage by its word, in the order in which the tab shows them."""
    ordered: list[kinds.Stage] = []
    for one in _added("airlock_stages", lambda stage: stage.word):
        words = [known.word for known in ordered]
        at = words.index(one.after) + 1 if one.after in words else len(ordered)
        ordered.insert(at, one)
    return {one.word: one for one in ordered}


@cache
def sources() -> Mapping[str, kinds.SourceScheme]:
    """Every source by its scheme."""
    return {one.scheme: one for one in _added("airlock_sources", lambda source: source.scheme)}


@cache
def tables() -> Mapping[str, kinds.TableKind]:
    """Every kind of table by the class of its spec, "package.module:Class"."""
    return {one.spec: one for one in _added("airlock_tables", lambda table: table.spec)}


def table_of(spec: object) -> kinds.TableKind:
    """How a table is opened.

    Raises:
        SettingsError: no installed package opens tables of this class.
    """
    named = f"{type(spec).__module__}:{type(spec).__qualname__}"
    if named not in (known := tables()):
        raise SettingsError(
            f"Nobody opens a {type(spec).__name__}.",
            do="Install the extension that it comes with on this machine as well.",
        )
    return known[named]


@cache
def stores() -> Mapping[str, kinds.StoreScheme]:
    """Every store by its scheme."""
    return {one.scheme: one for one in _added("airlock_stores", lambda store: store.scheme)}


@cache
def outputs() -> Mapping[str, kinds.Output]:
    """Every output by the class of its spec, "package.module:Class"."""
    return {one.spec: one for one in _added("airlock_outputs", lambda output: output.spec)}


def output_of(spec: object) -> kinds.Output:
    """How an output is delivered.

    Raises:
        SettingsError: no installed package delivers to an output of this class.
    """
    named = f"{type(spec).__module__}:{type(spec).__qualname__}"
    if named not in (known := outputs()):
        raise SettingsError(
            f"Nobody delivers to a {type(spec).__name__}.",
            do="Install the extension that it comes with on this machine as well.",
        )
    return known[named]


@cache
def metrics() -> Sequence[kinds.Metrics]:
    """Every family of metrics, Airlock's own first."""
    return tuple(_added("airlock_metrics", lambda family: "/".join(sorted(family.better))))


@cache
def recognizers() -> Mapping[str, kinds.Recognizer]:
    """Every recognizer of an extension by its entity; Presidio's own need no registration."""
    return {one.entity: one for one in _added("airlock_recognizers", lambda one: one.entity)}


@cache
def drift_statistics() -> Mapping[str, kinds.DriftStatistic]:
    """Every statistic of drift by its name."""
    return {one.name: one for one in _added("airlock_drift_statistics", lambda one: one.name)}


@cache
def trainers() -> Mapping[str, kinds.Trainer]:
    """Every trainer by its name."""
    return {one.name: one for one in _added("airlock_trainers", lambda one: one.name)}


@cache
def model_kinds() -> Mapping[str, kinds.ModelKind]:
    """Every kind of model by its name."""
    return {one.name: one for one in _added("airlock_model_kinds", lambda one: one.name)}


def model_kind(model: Mapping[str, Any]) -> kinds.ModelKind:
    """The kind of a bundle, by its model.json.

    Raises:
        SettingsError: no installed package knows it.
    """
    name = model.get("kind", kinds.NETWORK)
    if not isinstance(name, str) or name not in (known := model_kinds()):
        raise SettingsError(
            "The bundle holds a model of a kind that nobody here loads.",
            do=f"Known are {', '.join(model_kinds())}; install the extension that it comes with.",
        )
    return known[name]


@cache
def rules() -> Mapping[str, kinds.Rule]:
    """Every rule by its key."""
    return {one.key: one for one in _added("airlock_rules", lambda one: one.key)}


@cache
def sinks() -> Mapping[str, kinds.SinkKind]:
    """Every kind of receiver by its name."""
    return {one.name: one for one in _added("airlock_sinks", lambda one: one.name)}


@cache
def notifiers() -> Mapping[str, kinds.Notifier]:
    """Every notifier that has a short name."""
    return {one.name: one for one in _added("airlock_notifiers", lambda one: one.name)}


@cache
def load(named: str) -> Any:
    """Import what a registration names, once it is needed.

    Args:
        named: "package.module:name".

    Raises:
        SettingsError: it cannot be imported.
    """
    try:
        return pkgutil.resolve_name(named)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"{named}, which an extension registers, cannot be imported ({type(error).__name__}).",
            do="Correct the extension, or uninstall its package.",
        ) from None


@cache
def manager() -> pluggy.PluginManager:
    """Airlock's own registrations, and those of every installed extension.

    Raises:
        SettingsError: an extension cannot be loaded; which one is said. Airlock does not go on
            without it: a policy's rule that is not there would be a door that is not there.
    """
    known = pluggy.PluginManager(specification.PROJECT)
    known.add_hookspecs(specification)
    known.register(builtin, name="airlock")
    for entry in entry_points(group=GROUP):
        try:
            module: ModuleType = entry.load()
            known.register(module, name=entry.name)
            known.check_pending()
        except Exception as error:  # noqa: BLE001 -- whatever somebody's package raises
            raise SettingsError(
                f"The extension {entry.name} ({entry.value}) cannot be loaded "
                f"({type(error).__name__}: {error}).",
                do="Correct or uninstall the package that it comes with.",
            ) from None
    return known


@cache
def extensions() -> dict[str, str]:
    """The installed extensions by name, with the versions of their packages.

    Raises:
        SettingsError: one of them cannot be loaded.
    """
    manager()
    return {
        one.name: one.dist.version if one.dist is not None else ""
        for one in sorted(entry_points(group=GROUP), key=lambda one: one.name)
    }


def _added(hook: str, name_of: Callable[[Any], str]) -> Iterator[Any]:
    """What was added to one hook, in the order of registration; no name stands twice."""
    seen: dict[str, str] = {}
    implementations = getattr(manager().hook, hook).get_hookimpls()
    # pluggy calls who registered last first; here Airlock comes first, then the others.
    for implementation in implementations:
        for one in implementation.function():
            name = name_of(one)
            if name in seen:
                raise SettingsError(
                    f"{implementation.plugin_name} and {seen[name]} both add {name!r} ({hook}).",
                    do="Uninstall one of the two, or have one renamed.",
                )
            seen[name] = implementation.plugin_name
            yield one
