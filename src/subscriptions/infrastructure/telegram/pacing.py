"""Telegram's limits for sending, kept before Telegram has to: core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from subscriptions.domain.errors import RetryLater

PATIENCE_S: Final = 1.5
"""A shorter wait is sat out here; for a longer one the job comes back."""

KEPT_CHATS: Final = 1000
"""With more than these, chats that were quiet lately are forgotten."""


@dataclass
class _Window:
    """At most `limit` sends within `seconds`."""

    limit: int
    seconds: float
    sent: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until one more fits."""
        while self.sent and now - self.sent[0] >= self.seconds:
            self.sent.popleft()
        return self.sent[0] + self.seconds - now if len(self.sent) >= self.limit else 0.0


class Pace:
    """One bot's sending: so many a second over all, and in each chat `per_chat` (messages, seconds).

    A channel takes 20 a minute; a person's chat takes short bursts, and nobody is owed more than that in a minute.
    """

    def __init__(
        self,
        *,
        per_second: int = 30,
        per_chat: tuple[int, float] = (20, 60.0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._overall = _Window(per_second, 1.0)
        self._per_chat = per_chat
        self._chats: dict[int, _Window] = {}
        self._clock = clock

    async def take_turn(self, chat: int) -> None:
        """Wait for a turn in `chat`. Raises RetryLater where that would take long."""
        while wait := self.next_turn(chat):
            if wait > PATIENCE_S:
                raise RetryLater("this chat has had its share for now", after=timedelta(seconds=wait))
            await asyncio.sleep(wait)
        now = self._clock()
        self._overall.sent.append(now)
        self._chats.setdefault(chat, _Window(*self._per_chat)).sent.append(now)

    def next_turn(self, chat: int) -> float:
        """Seconds until a message to `chat` is within the limits."""
        now = self._clock()
        if len(self._chats) > KEPT_CHATS:
            self._chats = {key: window for key, window in self._chats.items() if window.wait(now) or window.sent}
        window = self._chats.get(chat)
        return max(self._overall.wait(now), window.wait(now) if window else 0.0)
