"""Cursor for reading the paginated lists of providers, with detection of circular lists."""

from subscriptions.domain.ports.payment_gateway import GatewayRejected


class Onward:
    """Cursor of a paginated list. It refuses to return to an earlier page, because a circular list would be read
    endlessly.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._cursors = set[str]()

    def __call__(self, cursor: str | None) -> str | None:
        """Return the cursor of the next page; None after the last page.

        Raises GatewayRejected if the list is circular: such a list cannot be read completely, and the owners must be
        notified.
        """
        if cursor in self._cursors:
            raise GatewayRejected(self._provider, "its list leads back to a page that was read", code="circle")
        if cursor is not None:
            self._cursors.add(cursor)
        return cursor
