"""Registry of the kit's rules, and the description of the feature under test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.features import Feature
from subscriptions.bootstrap.features import Installed, installed
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, PlanId, SubscriptionId


@dataclass(frozen=True)
class Sale:
    """Ids of the sale that each database of the kit contains."""

    customer: CustomerId
    plan: PlanId
    order: OrderId
    subscription: SubscriptionId
    payment: PaymentId


Jobs = Sequence[JobPayload] | Callable[[Sale], Sequence[JobPayload]]
"""One payload of each job, or a function that creates the payloads from the ids of the kit's sale."""


@dataclass(frozen=True)
class Subject:
    """Feature under test.

    rows: SQL statements that store a row of each kind in the feature's tables. `:customer`, `:plan`, `:order`,
    `:subscription` and `:payment` are replaced by the ids of a sale.
    jobs: see `Jobs`
    database: `postgresql://…` of a migrated database of which the kit makes copies
    """

    name: str
    rows: Sequence[str] = ()
    jobs: Jobs = ()
    database: str = ""

    @property
    def found(self) -> Installed:
        """Return all installed features."""
        return installed()

    @property
    def feature(self) -> Feature:
        """Return the declaration of the feature."""
        return self.found.features[self.name]

    @property
    def package(self) -> str:
        """Return the package of the feature."""
        return self.found.packages[self.name]

    @cached_property
    def folder(self) -> Path:
        """Return the folder of the package."""
        return Path(import_module(self.package).__path__[0])

    def jobs_of(self, sale: Sale) -> Sequence[JobPayload]:
        """Return one payload of each job. Raises TypeError if the attribute `jobs` is not, or does not return, a
        sequence of JobPayload.
        """
        jobs: Any = self.jobs(sale) if callable(self.jobs) else self.jobs
        if not isinstance(jobs, Sequence) or not all(isinstance(each, JobPayload) for each in jobs):
            raise TypeError(f"`jobs` has to hold payloads, such as jobs=[Draw()], and is {jobs!r}")
        return jobs

    def module(self, name: str) -> ModuleType | None:
        """Return a module of the feature; None if the feature does not have the module."""
        full = f"{self.package}.{name}"
        return import_module(full) if find_spec(full) is not None else None

    def members(self, module: str, constant: str) -> Sequence[Any]:
        """Return the members of a module's constant; empty if the module or the constant does not exist."""
        return tuple(getattr(self.module(module), constant, ()))

    def classes(self, module: str, base: type) -> Sequence[type]:
        """Return the subclasses of a base class that a module defines and that declare a `name`."""
        found = self.module(module)
        defined = vars(found).values() if found is not None else ()
        return [
            each
            for each in defined
            if isinstance(each, type)
            and issubclass(each, base)
            and each.__module__ == getattr(found, "__name__", "")
            and "name" in each.__dict__
        ]


Check = Callable[[Subject], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """Rule of the kit. faults: function that yields a sentence for each violation. needs_database: True if the rule
    needs a database.
    """

    name: str
    sentence: str
    faults: Check
    needs_database: bool = False


RULES: Final[dict[str, Rule]] = {}
"""Rules by name, in the order of their registration."""


def rule(name: str, sentence: str, *, needs_database: bool = False) -> Callable[[Check], Check]:
    """Register a check as a rule."""

    def add(check: Check) -> Check:
        RULES[name] = Rule(name, sentence, check, needs_database)
        return check

    return add
