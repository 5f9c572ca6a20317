"""Data about promotions used by the tests that check every page, command and flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {
    **dict.fromkeys(("promos", "promo"), StaffRole.SUPPORT),
    **dict.fromkeys(("promo.new", "promo.stop"), StaffRole.MANAGER),
}
"""Minimum staff role for each page of the panel."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"promotion": {"code"}}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""
CLI_NAMES: Final[Mapping[str, str]] = {"PROMOTION": "VERANO"}
"""Values of command-line arguments in an installation with existing data, keyed by argument name."""
CLI_LINES: Final[Mapping[str, None]] = {"staff make-promotion --code VERANO --gives 50% --plan retabet": None}
"""Command lines that the tests run first, so that every kind of object exists."""


async def _make_promotion(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "make_promotion", "", code="VERANO", gives="20 %")
    return "VERANO"


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"promotion": _make_promotion}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""
