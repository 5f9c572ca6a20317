"""Data about the activity feed used by the tests that check every page and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(("news", "news.on", "news.off"), StaffRole.OWNER)
"""Minimum staff role for each page of the panel."""
STAFF_TEXTS: Final[Mapping[str, str]] = {"news": "panel"}
"""Names of the text files that only staff read."""
CONSOLE_LACKS: Final[Mapping[str, str]] = {"news.hear": "owners choose in the chat what they hear of there"}
"""Permissions without a console page, with the reason."""
