"""Common helpers of commands: ids in URLs, and the customer's page."""

from uuid import UUID

from web.console.visit import ROOT, PageGone


def read_id(text: str) -> UUID:
    """Parse an id in the URL. Raises PageGone."""
    try:
        return UUID(text)
    except ValueError as error:
        raise PageGone("no such id") from error


def customer_page(customer_id: UUID) -> str:
    """Return the URL of a customer's page."""
    return f"{ROOT}/customers/{customer_id}"
