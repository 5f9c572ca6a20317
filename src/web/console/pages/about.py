"""What actions share: whom they are about, and the reason they are done for."""

from typing import Final
from uuid import UUID

from web.console.visit import ROOT, Field, Gone

REASON: Final = Field("reason", "long")


def read_id(text: str) -> UUID:
    """An id of the address. Raises Gone."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Gone("no such id") from error


def customer_page(customer_id: UUID) -> str:
    """Where a customer's story is."""
    return f"{ROOT}/customers/{customer_id}"
