"""Helpers shared by commands: parsing of ids in URLs, and the URL of a customer's page."""

from uuid import UUID

from web.console.visit import ROOT, PageGone


def read_id(text: str) -> UUID:
    """Parse a UUID from the URL. Raises PageGone if it is invalid."""
    try:
        return UUID(text)
    except ValueError as error:
        raise PageGone("no such id") from error


def customer_page(customer_id: UUID) -> str:
    """Return the URL of a customer's page."""
    return f"{ROOT}/customers/{customer_id}"
