"""Callback data of the button that sends a receipt as a document."""

from typing import Final
from uuid import UUID

INVOICE_PATTERN: Final = r"invoice_(?P<receipt>[0-9a-f]{32})"


def invoice(receipt: UUID | str) -> str:
    """Return the callback data of the button that sends a receipt as a document."""
    return f"invoice_{receipt.hex if isinstance(receipt, UUID) else receipt}"
