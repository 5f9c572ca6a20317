"""Data about partners used by the tests that check every page, command, text and flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {
    **dict.fromkeys(("partners", "partner"), StaffRole.MANAGER),
    **dict.fromkeys(("c.add_partner", "pa.change_terms", "pa.end_partner", "pa.record_payout"), StaffRole.OWNER),
}
"""Minimum staff role for each page of the panel."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"partner": {"code", "payable"}}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"partners": "panel"}
"""Names of the text files that only staff read."""
CLI_NAMES: Final[Mapping[str, str]] = {"PARTNER": "VERANO"}
"""Values of command-line arguments in an installation with existing data, keyed by argument name."""


async def _make_partner(staff: Staff, customer: Customer) -> str:
    terms = {"commission": "20 %", "when": "each", "months": "", "plans": "", "hold": ""}
    await staff(SHELL, "add_partner", customer.telegram_id, code="SOCIA", **terms)
    return "SOCIA"


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"partner": _make_partner}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""
