"""Data about evidence used by the tests that check every page and command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(("p.evidence", "p.send_evidence"), StaffRole.OWNER)
"""Minimum staff role for each page of the panel."""
API_PATHS: Final[Mapping[str, None]] = dict.fromkeys(
    f"/api/v1/payments/{{payment_id}}/evidence{kind}" for kind in ("", ".pdf")
)
"""API paths of the feature."""
