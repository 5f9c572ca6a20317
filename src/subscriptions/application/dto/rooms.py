"""Discovery of declarations in the modules of application packages ("rooms") and features, so that no central list is
needed.
"""

import sys
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pkgutil import iter_modules, walk_packages
from types import ModuleType
from typing import Any, Final

ROOMS: Final = "subscriptions.application"
FEATURES: Final = "features"
"""Package whose folders are features."""
ENTRY_POINTS: Final = "umbral.features"
"""Group of entry points that name the packages of other features."""
_DECLARING: Final = ("alarms", "commands", "jobs", "messages")
"""Modules of a feature whose classes register with their base on import."""


@cache
def load_rooms() -> None:
    """Import every module of the application layer, and those modules of each feature that declare classes of the
    application layer.
    """
    for module in walk_packages(import_module(ROOMS).__path__, f"{ROOMS}."):
        import_module(module.name)
    for name in _DECLARING:
        modules_of_features(name)


@cache
def declared(module: str, constant: str) -> tuple[Any, ...]:
    """Return the members of a constant from each application package and feature that has a module of this name.

    Application packages come first, then features, both in alphabetical order.
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
    """Return the members of a constant from each feature whose module of this name has it."""
    return tuple(each for found in modules_of_features(module) for each in getattr(found, constant, ()))


def feature_folders() -> tuple[str, ...]:
    """Return the packages of the features that are folders of `features`, in alphabetical order."""
    return _folders(tuple(sys.path))


def feature_packages() -> tuple[str, ...]:
    """Return the packages of all installed features that can be found."""
    return _packages(tuple(sys.path))


def declared_by(module: str, constant: str) -> Mapping[str, tuple[Any, ...]]:
    """Return the members of a constant, keyed by the name of the feature that declares them."""
    found = ((name_of(each.__name__.rpartition(".")[0]), each) for each in modules_of_features(module))
    return {name: tuple(getattr(each, constant, ())) for name, each in found}


@cache
def name_of(package: str) -> str:
    """Return the name of the feature in a package."""
    return str(import_module(f"{package}.feature").FEATURE.name)


@cache
def feature_of(kind: type) -> str | None:
    """Return the name of the feature that declares a class; None for a class of the core or the platform."""
    package = next((each for each in feature_packages() if kind.__module__.startswith(f"{each}.")), None)
    return name_of(package) if package is not None else None


@lru_cache(maxsize=1)
def _folders(_: tuple[str, ...]) -> tuple[str, ...]:
    """Return the feature folders, cached per search path."""
    return tuple(
        sorted(f"{FEATURES}.{each.name}" for each in iter_modules(import_module(FEATURES).__path__) if each.ispkg)
    )


@lru_cache(maxsize=1)
def _packages(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the installed feature packages, cached per search path because reading the entry points takes
    milliseconds.
    """
    named = sorted(each.value for each in entry_points(group=ENTRY_POINTS))
    return _folders(path) + tuple(name for name in named if _has(name))


def modules_of_features(name: str) -> tuple[ModuleType, ...]:
    """Import and return the module of this name of each feature that has one."""
    return _modules(name, tuple(sys.path))


@lru_cache(maxsize=64)
def _modules(name: str, _: tuple[str, ...]) -> tuple[ModuleType, ...]:
    """Return the modules, cached per search path because declarations are read for every card and alarm."""
    names = [f"{package}.{name}" for package in feature_packages()]
    return tuple(import_module(each) for each in names if _has(each))


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
