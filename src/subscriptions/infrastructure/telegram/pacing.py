"""Pacing of messages, to stay below Telegram's limits: core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from subscriptions.domain.errors import RetryLater

PATIENCE_S: Final = 1.5
"""Maximum number of seconds that a call waits. If a longer wait is needed, the job is retried later."""

SPARE: Final = 1
"""Number of messages per second that are reserved for callers who cannot wait."""

JITTER: Final = 0.6
"""Minimum interval between messages of callers who can wait, as a fraction of the interval of evenly spread messages.
Without this minimum, a burst of messages would delay answers to customers.
"""

LATE_S: Final = 0.05
"""Maximum delay in seconds with which a late turn is still recorded at its due time instead of its actual time. The
value is so small that no second has more turns than Telegram's limit.
"""

KEPT_CHATS: Final = 5000
"""Number of chats above which chats without recent messages are dropped from memory."""


@dataclass
class _Window:
    """Limit of `limit` messages within `seconds` seconds."""

    limit: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Return the seconds until another message is allowed."""
        while self.times and now - self.times[0] >= self.seconds:
            self.times.popleft()
        return self.times[0] + self.seconds - now if len(self.times) >= self.limit else 0.0


class Pace:
    """Pacing of one bot: a limit per second across all chats, and a limit `per_chat` (messages, seconds) in each chat.

    Telegram allows 20 messages a minute in a channel. A person's chat accepts short bursts, but we never send more than
    20 messages a minute to a person.
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

    async def take_turn(self, chat: int | None, *, can_wait: bool = False) -> None:
        """Wait for a turn in `chat`; None applies only the overall limit. Raises RetryLater if the wait is too long.

        `can_wait`: leave capacity for callers who cannot wait, and spread the turns. RetryLater is then raised only
        because of the limit of the chat itself, and not because of the overall limit, because each waiting caller gets
        a turn eventually.
        """
        due = self._clock()
        while wait := max(self.next_turn(chat), self._for_the_last() if can_wait else 0.0):
            if wait > PATIENCE_S and not (can_wait and not self._chat_wait(chat)):
                raise RetryLater("this chat has had its share for now", delay=timedelta(seconds=wait))
            due = self._clock() + wait
            await asyncio.sleep(wait)
        self._book(chat, due)
        _turn.set(True)

    def _book(self, chat: int | None, due: float) -> None:
        """Record a turn at its due time, unless that is too long ago, so that a late wake-up does not delay the next
        turns.
        """
        sent_times, now = self._overall.times, self._clock()
        sent_times.append(max(due, now - LATE_S, sent_times[-1] if sent_times else due))
        if chat is not None:
            self._chats.setdefault(chat, _Window(*self._per_chat)).times.append(now)

    def note(self) -> None:
        """Count a message that was sent without waiting for a turn."""
        self._overall.times.append(self._clock())

    def _for_the_last(self) -> float:
        now, sent_times = self._clock(), self._overall.times
        spare = _Window(self._overall.limit - SPARE, self._overall.seconds, sent_times)
        gap = JITTER * self._overall.seconds / self._overall.limit
        return max(spare.wait(now), sent_times[-1] + gap - now if sent_times else 0.0)

    def _chat_wait(self, chat: int | None) -> float:
        window = self._chats.get(chat) if chat is not None else None
        return window.wait(self._clock()) if window else 0.0

    def next_turn(self, chat: int | None) -> float:
        """Return the seconds until a message to `chat` (None: to any chat) is within the limits."""
        now = self._clock()
        if len(self._chats) > KEPT_CHATS:
            self._chats = {key: window for key, window in self._chats.items() if window.wait(now) or window.times}
        return max(self._overall.wait(now), self._chat_wait(chat))


_turn: Final[ContextVar[bool]] = ContextVar("turn", default=False)


def turn_taken() -> bool:
    """Return True if a turn was already taken for the next call, and forget that turn."""
    is_taken = _turn.get()
    _turn.set(False)
    return is_taken
