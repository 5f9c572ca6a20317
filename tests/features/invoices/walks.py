"""Data about invoices used by the tests that check every page and command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(("p.amend_invoice", "p.void_invoice"), StaffRole.OWNER)
"""Minimum staff role for each page of the panel."""
