"""Discovery of features.

Features are the folders of the package `features` and the packages named by entry points of the group
`umbral.features`. No other code imports them by name.
"""

import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, packages_distributions, version
from importlib.util import find_spec
from typing import Final, TypeVar

from subscriptions.application.dto.rooms import ENTRY_POINTS, FEATURES, feature_folders
from subscriptions.application.features import (
    DEFAULT_VERTICAL,
    SETTING,
    Feature,
    Part,
    in_order_of_needs,
    named_by_setting,
)
from subscriptions.domain.errors import InvalidInput

log = logging.getLogger(__name__)

T = TypeVar("T")
P = TypeVar("P", bound=Part)

DISTRIBUTION: Final = "umbral-access"
_DECLARATION: Final = "feature"


class InvalidFeature(Exception):
    """Error in a feature's declaration, which violates the contract of `subscriptions.application.features`. The
    message describes the violation.
    """


@dataclass(frozen=True)
class Installed:
    """Installed features keyed by name, each after its dependencies. `packages`: Python package of each feature."""

    features: Mapping[str, Feature]
    packages: Mapping[str, str]

    def part(self, name: str, kind: type[P]) -> P | None:
        """Return the part of this kind that a feature declares; None if the feature lacks the module for it. Raises
        InvalidFeature.
        """
        module = f"{self.packages[name]}.{kind.module}"
        return _constant(module, kind.module.upper(), kind) if find_spec(module) is not None else None

    def versions(self) -> Mapping[str, str]:
        """Return the version of each feature's distribution, keyed by feature."""
        return {name: _version_of(package) for name, package in self.packages.items()}


def installed() -> Installed:
    """Return the installed features. Raises InvalidFeature."""
    return _installed(tuple(sys.path))


@lru_cache(maxsize=1)
def _installed(_: tuple[str, ...]) -> Installed:
    """Cache the result until the module search path changes."""
    return find_features(feature_folders(), entry_points(group=ENTRY_POINTS))


def find_features(folders: Iterable[str], entries: Iterable[EntryPoint] = ()) -> Installed:
    """Return the features in these packages and entry points. Raises InvalidFeature."""
    declarations = {package: _declaration(package) for package in folders}
    for entry in sorted(entries, key=lambda each: each.name):
        try:
            declarations[entry.value] = _declaration(entry.value)
        except ImportError as error:
            log.warning("the feature %s cannot be imported and is left out: %s", entry.name, error)
    packages: dict[str, str] = {}
    for package, feature in declarations.items():
        if (other := packages.setdefault(feature.name, package)) != package:
            raise InvalidFeature(f"{other} and {package} both declare a feature {feature.name!r}; uninstall one")
    try:
        return Installed(in_order_of_needs(declarations.values()), packages)
    except ValueError as error:
        raise InvalidFeature(str(error)) from error


def _declaration(package: str) -> Feature:
    return _constant(f"{package}.{_DECLARATION}", _DECLARATION.upper(), Feature)


def _constant(module: str, name: str, kind: type[T]) -> T:
    constant = getattr(import_module(module), name, None)
    if not isinstance(constant, kind):
        raise InvalidFeature(f"{module}.{name} has to be a {kind.__name__}, and is {constant!r}")
    return constant


def _version_of(package: str) -> str:
    top = package.partition(".")[0]
    if top == FEATURES:
        return version(DISTRIBUTION)
    try:
        return version(packages_distributions()[top][0])
    except (KeyError, PackageNotFoundError):
        return "?"


def named(value: str, vertical: str) -> frozenset[str]:
    """Return the features that a value of FEATURES enables. Raises ValueError with a message for the operator."""
    return named_by_setting(value, vertical, installed().features)


def off_by_setting(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the features that FEATURES and VERTICAL disable. Raises InvalidInput("FEATURES").

    Choices made at run time (which are in the database) and the features' own settings are ignored.
    """
    vertical = environ.get("VERTICAL", "").strip() or DEFAULT_VERTICAL
    try:
        return frozenset(installed().features) - named(environ.get(SETTING, "").strip(), vertical)
    except ValueError as error:
        raise InvalidInput(SETTING, str(error)) from error
