"""Lists that come by the page."""

from subscriptions.domain.ports.payment_gateway import GatewayRejected


class Onward:
    """Goes from page to page, and back to none: a list that leads in a circle would be read for ever."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._cursors = set[str]()

    def __call__(self, cursor: str | None) -> str | None:
        """Where the next page begins, None after the last. Raises GatewayRejected in a circle: the list is not whole,
        and somebody has to know."""
        if cursor in self._cursors:
            raise GatewayRejected(self._provider, "its list leads back to a page that was read", code="circle")
        if cursor is not None:
            self._cursors.add(cursor)
        return cursor
