"""Facts about the figures for the walks over every page and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {"numbers": StaffRole.MANAGER}
"""Minimum role by page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"numbers": "panel"}
"""Tables of texts that only staff read."""
