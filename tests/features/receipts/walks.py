"""Facts about receipts for the walks over every page and command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.receipt import ReceiptKind

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {"p.send_receipt": StaffRole.SUPPORT}
"""Least role by page of the panel."""
WORDS: Final[Mapping[str, type[ReceiptKind]]] = {"receipts.head": ReceiptKind}
"""Values of the domain that need a text each, by the start of the texts' keys."""
