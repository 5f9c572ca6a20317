"""The access token: asked for once, kept until shortly before it ends, and asked for by one caller for all."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.payments.paypal.errors import unreadable
from subscriptions.infrastructure.payments.paypal.reader import Node

_MARGIN = timedelta(seconds=60)
_LONGEST = timedelta(hours=9)


class TokenKeeper:
    """Keeps one token. ask: fetches a new one, as PayPal answers it; its errors go to whoever waits."""

    def __init__(self, ask: Callable[[], Awaitable[Node]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._token: str | None = None
        self._until: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self) -> str:
        """A token that is good for a while yet. Raises gateway errors."""
        token = self._present()
        if token is not None:
            return token
        async with self._one_at_a_time:
            return self._present() or await self._renew()

    def drop(self, token: str) -> None:
        """PayPal does not accept it any more. A newer one, which another call may have fetched meanwhile, stays."""
        if self._token == token:
            self._token = None

    def _present(self) -> str | None:
        fresh = self._until is not None and self._clock.now() < self._until
        return self._token if fresh else None

    async def _renew(self) -> str:
        asked_at = self._clock.now()
        answer = await self._ask()
        # A token is longer than other text.
        token, seconds = answer.at("access_token").value, answer.number("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token or not seconds:
            raise unreadable("access token")
        self._token = token
        self._until = asked_at + min(timedelta(seconds=seconds), _LONGEST) - _MARGIN
        return token
