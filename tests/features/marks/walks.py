"""Data about watermarks used by the tests that check every page and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {"leak": StaffRole.MANAGER}
"""Minimum staff role for each page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"leak": "panel"}
"""Names of the text files that only staff read."""
CONSOLE_LACKS: Final[Mapping[str, str]] = {
    "leak.trace": "a leaked copy is found by keys that the web does not hold",
}
"""Permissions without a console page, with the reason."""
