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
"""Names of the facts used in the texts of staff commands, keyed by the command's kind of subject."""


async def _make_key(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "make_key", "", key_name="crm", abilities="customers")
    return "crm"


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {"key": _make_key}
"""Functions that create a subject of staff commands and return the subject's id, keyed by kind of subject."""
API_ROOTS: Final[Mapping[str, None]] = {"/api/v1": None}
"""Roots of the API."""
CLI_NAMES: Final[Mapping[str, str]] = {"KEY": "contable"}
"""Values of command-line arguments in an installation with existing data, keyed by argument name."""
CLI_LINES: Final[Mapping[str, None]] = {"keys add contable": None}
"""Command lines that run first, so that every kind of object exists."""
