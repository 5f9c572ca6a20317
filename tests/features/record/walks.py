"""Facts about tips for the walks over every page and command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {
    **dict.fromkeys(("tips", "tips.done", "tip"), StaffRole.SUPPORT),
    **dict.fromkeys(("tip.as", "tip.legs", "tip.cash"), StaffRole.MANAGER),
}
"""Minimum role by page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"tips": "panel"}
"""Tables of texts that only staff read."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {"tip": {"name", "selection", "at", "odds", "stake"}}
"""Facts that the sentences about a subject of staff commands contain."""
API_PATHS: Final[Mapping[str, None]] = {"/api/v1/picks/{key}/result": None}
"""Paths of the API."""
