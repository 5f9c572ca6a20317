"""Data about activation codes used by the tests that check every page, command and flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from features.tokens.commands import MadeCodes
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Subject, SubjectKind
from subscriptions.domain.entities.customer import Customer, StaffRole
from tests.fakes.staff import Staff
from tests.support.every_command import PLAN

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {
    **dict.fromkeys(("tokens", "token"), StaffRole.SUPPORT),
    **dict.fromkeys(("gen", "gen.make", "token.new", "token.rev"), StaffRole.MANAGER),
}
"""Minimum staff role for each page of the panel."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"code": {"name", "code", "plan"}}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""
CLI_LINES: Final[Mapping[str, None]] = {f"staff make-code --plan {PLAN} --days 30": None}
"""Command lines that the tests run first, so that every kind of object exists."""


async def _make_code(staff: Staff, customer: Customer) -> str:
    [plan, *_] = await staff.run.choices(SHELL, "make_code", "plan", Subject(id=SubjectKind.SHOP, name=""))
    made = (await staff(SHELL, "make_code", "", secret=bytes(16), plan=plan.value)).result
    assert isinstance(made, MadeCodes)
    return str(made.codes[0].id)


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"code": _make_code}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""
