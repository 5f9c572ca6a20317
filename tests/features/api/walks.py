"""Data about the API used by the tests that check every page, command, text and flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(
    ("keys", "key", "key.new", "key.confirm", "key.revoke"), StaffRole.OWNER
)
"""Minimum staff role for each page of the panel."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"key": {"key"}}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""


async def _make_key(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "make_key", "", key_name="crm", abilities="customers")
    return "crm"


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"key": _make_key}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""
API_ROOTS: Final[Mapping[str, None]] = {"/api/v1": None}
"""Path prefixes of the API."""
CLI_NAMES: Final[Mapping[str, str]] = {"KEY": "contable"}
"""Values of command-line arguments in an installation with existing data, keyed by argument name."""
CLI_LINES: Final[Mapping[str, None]] = {"keys add contable": None}
"""Command lines that the tests run first, so that every kind of object exists."""
