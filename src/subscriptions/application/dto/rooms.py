"""Discovery of declarations in the modules of application packages ("rooms") and features, so that no central list is
needed.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from pkgutil import iter_modules, walk_packages
from types import ModuleType
from typing import Any, Final, TypeVar

from subscriptions.application.dto.requirements import unmet
from subscriptions.application.feature_failures import contained, reason_of
from subscriptions.application.features import OTHER_PACKAGE, Feature, InvalidFeature, RefusedFeature
from subscriptions.domain.entities.spoken import phrase

T = TypeVar("T")

ROOMS: Final = "subscriptions.application"
FEATURES: Final = "features"
"""Package whose folders are features."""
ENTRY_POINTS: Final = "umbral.features"
"""Entry point group through which other distributions add features."""
DISTRIBUTION: Final = "umbral-access"
"""Name of the product's own distribution. Features declare which versions of it they support."""
_COLLECTIONS: Final[Mapping[str, type]] = {
    "needs": tuple,
    "default_for": frozenset,
    "used_when": tuple,
    "settings": frozenset,
    "lasting_links": frozenset,
    "jobs": frozenset,
    "live_rows": tuple,
}
"""Fields of a feature's declaration that must be collections, with their types. A plain text by mistake would be
iterated letter by letter.
"""
_ONE_OF_THEM: Final = phrase("Uninstall all of them but one.", "Desinstala todos menos uno.")
_DECLARING: Final = ("alarms", "commands", "jobs", "messages")
"""Modules of a feature whose classes register with their base on import."""


@cache
def load_application() -> None:
    """Import every module of the application layer."""
    for module in walk_packages(import_module(ROOMS).__path__, f"{ROOMS}."):
        import_module(module.name)


@cache
def load_rooms() -> None:
    """Import every module of the application layer, and the modules of each feature that declare subclasses of
    application classes.
    """
    load_application()
    for name in _DECLARING:
        modules_of_features(name)


@cache
def declared(module: str, constant: str) -> tuple[Any, ...]:
    """Return the members of a constant from each application package and feature that has a module of this name.

    Members of application packages come first, then those of features, both in alphabetical order.
    """
    return of_rooms(module, constant) + of_features(module, constant)


@cache
def of_rooms(module: str, constant: str) -> tuple[Any, ...]:
    """Return the members of a constant from each application package that has a module of this name, in alphabetical
    order.
    """
    rooms = sorted(each.name for each in iter_modules(import_module(ROOMS).__path__, f"{ROOMS}.") if each.ispkg)
    modules = [f"{room}.{module}" for room in rooms if find_spec(f"{room}.{module}") is not None]
    return tuple(each for name in modules for each in getattr(import_module(name), constant))


def of_features(module: str, constant: str) -> tuple[Any, ...]:
    """Return the members of a constant from each feature that has a module of this name."""
    return tuple(each for members in declared_by(module, constant).values() for each in members)


@dataclass(frozen=True)
class FoundFeatures:
    """Installed features.

    packages: package of each usable feature, keyed by the feature's name
    refused: packages that are not loaded, keyed by the name of their entry point. They were made for another version,
        cannot be imported, are declared wrongly, have the name of another feature, or need a feature that is not
        installed.
    """

    declarations: Mapping[str, Feature]
    packages: Mapping[str, str]
    refused: Mapping[str, RefusedFeature] = field(default_factory=dict)

    @property
    def broken(self) -> frozenset[str]:
        """Return the names of features that are installed but cannot be used."""
        return frozenset(self.refused.keys() - self.declarations.keys())


def feature_folders() -> tuple[str, ...]:
    """Return the packages of the features that are folders of `features`, in alphabetical order."""
    return _folders(tuple(sys.path))


def found_features() -> FoundFeatures:
    """Return the features of all folders and entry points. Raises InvalidFeature if the feature of a folder cannot be
    used.
    """
    return _found(tuple(sys.path))


def feature_packages() -> tuple[str, ...]:
    """Return the packages of all installed features."""
    return tuple(found_features().packages.values())


def read_features(folders: Iterable[str], entries: Iterable[EntryPoint] = ()) -> FoundFeatures:
    """Return the features of these packages and entry points. A feature of an entry point that cannot be used is left
    out and reported. Raises InvalidFeature for a package of `folders` that cannot be used.
    """
    declarations = dict[str, Feature]()
    packages = dict[str, str]()
    for package in folders:
        feature = _declaration(package)
        declarations[feature.name], packages[feature.name] = feature, package
    named = dict[str, list[EntryPoint]]()
    for entry in sorted(entries, key=lambda each: each.name):
        named.setdefault(entry.name, []).append(entry)
    waiting, refused = dict[str, Feature](), dict[str, RefusedFeature]()
    for name, rivals in named.items():
        with _refusing(rivals, refused):
            waiting[name] = _of_entry(rivals, packages)
    while usable := [name for name, each in waiting.items() if {*each.needs} <= declarations.keys()]:
        for name in usable:
            declarations[name], packages[name] = waiting.pop(name), named[name][0].value
    for name, feature in waiting.items():
        with _refusing(named[name], refused):
            raise _lacks(feature, [each for each in sorted(feature.needs) if each not in declarations], named, refused)
    return FoundFeatures(declarations, packages, refused)


def _lacks(
    feature: Feature,
    missing: Sequence[str],
    named: Mapping[str, Sequence[EntryPoint]],
    refused: Mapping[str, RefusedFeature],
) -> InvalidFeature:
    """Return the error for a feature that needs the features `missing`, which are refused or not installed."""
    absent = ", ".join(each for each in missing if each not in named)
    if absent:
        return InvalidFeature(
            f"the feature {feature.name} needs {absent}, which is not installed",
            phrase(
                f"Install a package that has the feature {absent}, or uninstall this one.",
                f"Instala un paquete que tenga la función {absent}, o desinstala este.",
            ),
        )
    reasons = [f"{each} ({refused[each].reason if each in refused else 'for what it needs'})" for each in missing]
    names = ", ".join(missing)
    return InvalidFeature(
        f"the feature {feature.name} needs {', '.join(reasons)}, which is refused",
        phrase(
            f"Do what the line of {names} says, or uninstall this package.",
            f"Haz lo que dice la línea de {names}, o desinstala este paquete.",
        ),
    )


@contextmanager
def _refusing(entries: Sequence[EntryPoint], refused: dict[str, RefusedFeature]) -> Iterator[None]:
    """Add the feature of the entry points to `refused` if the `with` block raises an error."""
    with contained(entries[0].name, "feature", lasts=True):
        try:
            yield
        except Exception as error:
            remedy = error.remedy if isinstance(error, InvalidFeature) else OTHER_PACKAGE
            refused[entries[0].name] = RefusedFeature(_distributions(entries), reason_of(error), remedy)
            raise


def _distributions(entries: Sequence[EntryPoint]) -> str:
    """Return the names and versions of the distributions to which the entry points belong."""
    return ", ".join(sorted(f"{each.dist.name} {each.dist.version}" if each.dist else each.value for each in entries))


def _of_entry(rivals: Sequence[EntryPoint], packages: Mapping[str, str]) -> Feature:
    entry = rivals[0]
    if len(rivals) > 1:
        raise InvalidFeature(f"{_distributions(rivals)} all declare a feature {entry.name!r}", _ONE_OF_THEM)
    _check_version(entry)
    feature = _declaration(entry.value)
    if feature.name != entry.name:
        raise InvalidFeature(f"the entry point {entry.name} names a feature {feature.name!r}; give both one name")
    if entry.name in packages:
        raise InvalidFeature(f"{packages[entry.name]} and {entry.value} both declare a feature {entry.name!r}")
    return feature


def _check_version(entry: EntryPoint) -> None:
    """Raise InvalidFeature for a feature that was made for another version of the product, before any of its code
    runs.
    """
    stated = entry.dist.requires if entry.dist is not None else None
    ours = version(DISTRIBUTION)
    if wanted := unmet(stated or (), DISTRIBUTION, ours):
        raise InvalidFeature(
            f"the feature {entry.name} needs {DISTRIBUTION} {wanted}, and {ours} is installed",
            phrase(
                "Install the version of the feature that is made for this Umbral, or upgrade Umbral.",
                "Instala la versión de la función hecha para este Umbral, o actualiza Umbral.",
            ),
        )


def _declaration(package: str) -> Feature:
    feature = getattr(_imported(f"{package}.feature"), "FEATURE", None)
    if not isinstance(feature, Feature):
        raise InvalidFeature(f"{package}.feature.FEATURE has to be a Feature, and is {feature!r}")
    for holder, kind in _COLLECTIONS.items():
        value = getattr(feature, holder)
        if not isinstance(value, kind):
            example = "frozenset({…})" if kind is frozenset else "(…,)"
            raise InvalidFeature(
                f"{package}.feature.FEATURE: `{holder}` has to be a {kind.__name__}, and is a {type(value).__name__};"
                f" write {holder}={example}"
            )
    return feature


def _imported(module: str) -> ModuleType:
    """Import a module of a feature. Raises InvalidFeature if the import tries to end the process."""
    try:
        return import_module(module)
    except SystemExit as error:
        raise InvalidFeature(f"{module} ends the process when it is imported") from error


def declared_by(module: str, constant: str) -> Mapping[str, tuple[Any, ...]]:
    """Return the members of a constant, keyed by the name of the feature that declares them. A constant without members
    is left out and reported.
    """
    found = dict[str, tuple[Any, ...]]()
    for name, each in modules_by_feature(module).items():
        with contained(name, module, lasts=True):
            found[name] = tuple(getattr(each, constant, ()))
    return found


def added_by_features(
    module: str, constant: str, kind: type[T], key: Callable[[T], str], taken: Collection[str]
) -> Mapping[str, T]:
    """Return the members that features declare, by their keys. A member of a type other than `kind`, or with a key that
    is already taken, is left out and reported.
    """
    found = dict[str, T]()
    for feature, members in declared_by(module, constant).items():
        for each in members:
            with contained(feature, module, lasts=True):
                if not isinstance(each, kind):
                    raise InvalidFeature(f"{constant} holds {each!r}, which is no {kind.__name__}")
                if key(each) in taken or key(each) in found:
                    raise InvalidFeature(f"{constant} holds {key(each)!r}, and another declaration has that name")
                found[key(each)] = each
    return found


def feature_of(kind: Any) -> str | None:
    """Return the name of the feature that declares a class or function; None if no feature does."""
    return _feature_of_module(getattr(kind, "__module__", ""), tuple(sys.path))


@lru_cache(maxsize=1000)
def _feature_of_module(module: str, _: tuple[str, ...]) -> str | None:
    packages = found_features().packages
    return next((name for name, each in packages.items() if f"{module}.".startswith(f"{each}.")), None)


@lru_cache(maxsize=1)
def _folders(_: tuple[str, ...]) -> tuple[str, ...]:
    """Return the feature folders, cached per search path."""
    return tuple(
        sorted(f"{FEATURES}.{each.name}" for each in iter_modules(import_module(FEATURES).__path__) if each.ispkg)
    )


@lru_cache(maxsize=1)
def _found(path: tuple[str, ...]) -> FoundFeatures:
    """Return the installed features, cached per search path because reading the entry points takes milliseconds."""
    return read_features(_folders(path), entry_points(group=ENTRY_POINTS))


def modules_of_features(name: str) -> tuple[ModuleType, ...]:
    """Import and return the module of this name from each feature that has one."""
    return tuple(modules_by_feature(name).values())


def modules_by_feature(name: str) -> Mapping[str, ModuleType]:
    """Import and return the module of this name from each feature that has one, keyed by the feature's name."""
    return _modules(name, tuple(sys.path))[0]


def is_by_others(feature: str) -> bool:
    """Return True if a feature comes from another package than Umbral itself."""
    return found_features().packages[feature].partition(".")[0] != FEATURES


def without_module(name: str) -> frozenset[str]:
    """Return the features whose module of this name cannot be imported, and those that could not be loaded at all."""
    return _modules(name, tuple(sys.path))[1] | found_features().broken


def with_module(name: str, features: Iterable[str]) -> frozenset[str]:
    """Return those of the given features that have a module of this name or could not be loaded at all. Nothing is
    imported.
    """
    packages = found_features().packages
    return frozenset(
        each for each in features if each not in packages or find_spec(f"{packages[each]}.{name}") is not None
    )


@lru_cache(maxsize=64)
def _modules(name: str, _: tuple[str, ...]) -> tuple[Mapping[str, ModuleType], frozenset[str]]:
    """Return the modules of this name by feature, and the features whose module cannot be imported. Cached per import
    path, because declarations are read for each card and alarm.
    """
    found, failed = dict[str, ModuleType](), set[str]()
    for feature, package in found_features().packages.items():
        failed.add(feature)
        with contained(feature, name, lasts=True):
            if find_spec(f"{package}.{name}") is not None:
                found[feature] = _imported(f"{package}.{name}")
            failed.discard(feature)
    return found, frozenset(failed)
