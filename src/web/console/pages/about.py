"""What actions share: whom they are about."""

from uuid import UUID

from web.console.visit import ROOT, PageGone


def read_id(text: str) -> UUID:
    """An id of the address. Raises Gone."""
    try:
        return UUID(text)
    except ValueError as error:
        raise PageGone("no such id") from error


def customer_page(customer_id: UUID) -> str:
    """Where a customer's story is."""
    return f"{ROOT}/customers/{customer_id}"
