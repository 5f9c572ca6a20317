"""Discovery of features.

Features are the folders of the package `features` and the packages named by entry points of the group
`umbral.features`. No other code imports them by name.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, entry_points, version
from importlib.util import find_spec
from typing import Final, TypeVar

from subscriptions.application.dto.rooms import (
    DISTRIBUTION,
    ENTRY_POINTS,
    FEATURES,
    FoundFeatures,
    declared_by,
    found_features,
    read_features,
)
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import (
    DEFAULT_VERTICAL,
    SETTING,
    Feature,
    InvalidFeature,
    Part,
    RefusedFeature,
    in_order_of_needs,
    named_by_setting,
)
from subscriptions.bootstrap.part_shape import fitted_once
from subscriptions.domain.errors import InvalidInput

__all__ = ["DISTRIBUTION", "InvalidFeature", "find_features", "installed"]

T = TypeVar("T")
P = TypeVar("P", bound=Part)

_LEFT_OUT: Final[ContextVar[frozenset[str]]] = ContextVar("left_out", default=frozenset())
_STATED: Final = ("Author", "Author-email", "License-Expression", "License")
"""Fields of a distribution's metadata from which the author and the license of a feature are read."""


@dataclass(frozen=True)
class Origin:
    """Origin of a feature that is not part of Umbral itself.

    author, version, licence: as stated by its distribution; empty if not stated
    touches: names of the tables that the feature may write, what it adds to the rules for rows, and names of the
        permissions and jobs that it adds
    """

    author: str
    version: str
    licence: str
    touches: Sequence[str]


@dataclass(frozen=True)
class Installed:
    """Installed features.

    features: features keyed by name, in the order of their dependencies
    packages: package of each feature
    broken: names of features that are installed but cannot be used
    refused: packages whose feature is left out, with the reason, keyed by name
    """

    features: Mapping[str, Feature]
    packages: Mapping[str, str]
    broken: frozenset[str] = frozenset()
    refused: Mapping[str, RefusedFeature] = field(default_factory=dict)

    def part(self, name: str, kind: type[P]) -> P | None:
        """Return the part of this kind that a feature declares. Return None if the feature has no module for this kind,
        or if the part cannot be used, which is reported.
        """
        with contained(name, kind.module, lasts=True):
            module = f"{self.packages[name]}.{kind.module}"
            if find_spec(module) is None:
                return None
            return fitted_once(name, _constant(module, kind.module.upper(), kind))
        return None

    def parts(self, kind: type[P]) -> Mapping[str, P]:
        """Return the parts of this kind, keyed by feature name. Inside a `left_out` block, the excluded features are
        missing.
        """
        found = {name: self.part(name, kind) for name in self.features if name not in _LEFT_OUT.get()}
        return {name: part for name, part in found.items() if part is not None}

    def origin(self, name: str) -> Origin | None:
        """Return the origin of a feature; None for a feature of Umbral itself."""
        top = self.packages[name].partition(".")[0]
        if top == FEATURES:
            return None
        distribution = _distribution_of(self.packages[name])
        facts = distribution.metadata.json if distribution is not None else {}
        stated = {key: str(facts.get(key.lower().replace("-", "_"), "")) for key in _STATED}
        granted = [table for table, _ in declared_by("tables", "GRANTS").get(name, ())]
        written = declared_by("tables", "MAY_WRITE").get(name, ())
        queued = [("queue", *pair) for pair in declared_by("jobs", "QUEUED_BY").get(name, ())]
        rules = [f"{rule}: {names} ({process})" for rule, process, names in (*written, *queued)]
        allowed = map(str, declared_by("permissions", "PERMISSIONS").get(name, ()))
        return Origin(
            author=stated["Author"] or stated["Author-email"],
            version=_version_of(self.packages[name]),
            licence=stated["License-Expression"] or stated["License"],
            touches=[*granted, *rules, *allowed, *sorted(self.features[name].jobs)],
        )

    def versions(self) -> Mapping[str, str]:
        """Return the version of each feature's distribution, keyed by feature."""
        return {name: _version_of(package) for name, package in self.packages.items()}


@contextmanager
def left_out(names: Collection[str]) -> Iterator[None]:
    """Exclude features for the duration of the block, so that their parts are not imported. `names`: names of features
    that are off.
    """
    before = _LEFT_OUT.get()
    _LEFT_OUT.set(frozenset(names))
    try:
        yield
    finally:
        _LEFT_OUT.set(before)


def cached_parts(read: Callable[[], T]) -> Callable[[], T]:
    """Return the function with a cached result. The result is computed again if a different set of features is excluded
    by `left_out`.
    """
    collect = lru_cache(maxsize=8)(lambda _: read())

    @wraps(read)
    def collected() -> T:
        return collect(_LEFT_OUT.get())

    return collected


def installed() -> Installed:
    """Return the installed features. Raises InvalidFeature if a feature of Umbral itself cannot be used."""
    return _installed(tuple(sys.path))


@lru_cache(maxsize=1)
def _installed(_: tuple[str, ...]) -> Installed:
    """Return the installed features in order. The result is cached until the module search path changes."""
    return _in_order(found_features())


def find_features(folders: Iterable[str], entries: Iterable[EntryPoint] = ()) -> Installed:
    """Return the features of the packages `folders` and of the entry points. Raises InvalidFeature if a package cannot
    be used; an entry point that cannot be used is left out and reported.
    """
    return _in_order(read_features(folders, entries))


def _in_order(found: FoundFeatures) -> Installed:
    try:
        return Installed(in_order_of_needs(found.declarations.values()), found.packages, found.broken, found.refused)
    except ValueError as error:
        raise InvalidFeature(str(error)) from error


def _constant(module: str, name: str, kind: type[T]) -> T:
    constant = getattr(import_module(module), name, None)
    if not isinstance(constant, kind):
        raise InvalidFeature(f"{module}.{name} has to be a {kind.__name__}, and is {constant!r}")
    return constant


def _version_of(package: str) -> str:
    top = package.partition(".")[0]
    if top == FEATURES:
        return version(DISTRIBUTION)
    distribution = _distribution_of(package)
    return distribution.version if distribution is not None else "?"


def _distribution_of(package: str) -> Distribution | None:
    """Return the distribution whose entry point names this package, including editable installs; None
    if there is none.
    """
    return next((entry.dist for entry in entry_points(group=ENTRY_POINTS) if entry.value == package), None)


def named(value: str, vertical: str) -> frozenset[str]:
    """Return the features that a value of FEATURES enables. Features that are on only because they have been used are
    not included. Raises ValueError with an explanation of how to correct the value.
    """
    return named_by_setting(value, vertical, installed().features, installed().broken)


def off_by_setting(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the features that FEATURES disables. Raises InvalidInput("FEATURES") for an invalid value.

    Features that are off only by default are not included, because the database may record that they are in use or that
    the operator chose them.
    """
    found = installed()
    try:
        return frozenset(found.features) - named_by_setting(
            environ.get(SETTING, "").strip(),
            environ.get("VERTICAL", "").strip() or DEFAULT_VERTICAL,
            found.features,
            found.broken,
            in_use=found.features,
        )
    except ValueError as error:
        raise InvalidInput(SETTING, str(error)) from error
