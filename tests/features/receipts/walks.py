"""Data about receipts used by the tests that check every page and command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.receipt import ReceiptKind

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {"p.send_receipt": StaffRole.SUPPORT}
"""Minimum staff role for each page of the panel."""
WORDS: Final[Mapping[str, type[ReceiptKind]]] = {"receipts.head": ReceiptKind}
"""Enumerations whose values each need a text, keyed by the prefix of the texts' keys."""
