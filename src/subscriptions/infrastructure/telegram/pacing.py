"""Telegram's limits for sending, kept before Telegram has to: core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

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
"""A shorter wait is sat out here; for a longer one the job comes back."""

SPARE: Final = 1
"""Of the overall limit, so much is never used by who can wait."""

JITTER: Final = 0.6
"""Who can wait takes turns no closer together than this part of their even share: a rush would hold up answers."""

LATE_S: Final = 0.05
"""How late a turn may be taken and still count from its moment: no second has more turns than Telegram's limit then."""

KEPT_CHATS: Final = 5000
"""With more than these, chats that were quiet lately are forgotten."""


@dataclass
class _Window:
    """At most `limit` sends within `seconds`."""

    limit: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until one more fits."""
        while self.times and now - self.times[0] >= self.seconds:
            self.times.popleft()
        return self.times[0] + self.seconds - now if len(self.times) >= self.limit else 0.0


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

    async def take_turn(self, chat: int | None, *, can_wait: bool = False) -> None:
        """Wait for a turn in `chat`; None: in whichever. Raises RetryLater where that would take long.

        can_wait: who can wait: some room is left for whoever cannot, and turns are not taken in one rush. Then only the
        chat's own share is refused: in a crowd of those who wait, everybody's turn comes.
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
        """A turn counts from when it was due, as long as that is not long ago: the next ones do not wait for our being
        woken late."""
        sent_times, now = self._overall.times, self._clock()
        sent_times.append(max(due, now - LATE_S, sent_times[-1] if sent_times else due))
        if chat is not None:
            self._chats.setdefault(chat, _Window(*self._per_chat)).times.append(now)

    def note(self) -> None:
        """One was sent that waited for nobody."""
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
        """Seconds until a message to `chat`, or to whomever, is within the limits."""
        now = self._clock()
        if len(self._chats) > KEPT_CHATS:
            self._chats = {key: window for key, window in self._chats.items() if window.wait(now) or window.times}
        return max(self._overall.wait(now), self._chat_wait(chat))


_turn: Final[ContextVar[bool]] = ContextVar("turn", default=False)


def turn_taken() -> bool:
    """Whether the call about to be made has had its turn; asked once for each."""
    is_taken = _turn.get()
    _turn.set(False)
    return is_taken
