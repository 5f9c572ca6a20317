"""Data about imports used by the tests that check every page and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(
    ("moving", "r.adopt_members", "r.ask_members", "moving.file"), StaffRole.MANAGER
)
"""Minimum staff role for each page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"moving": "panel"}
"""Names of the text files that only staff read."""
