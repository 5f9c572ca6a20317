"""Check that the sending rate stays within Telegram's limits."""

from __future__ import annotations

import asyncio

import pytest

from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.telegram.pacing import Pace


class Watch:
    """Monotonic clock set by a test."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_channel_receives_at_most_twenty_messages_a_minute() -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    for _ in range(20):
        watch.now += 1
        await pace.take_turn(-100)
    with pytest.raises(RetryLater) as refused:
        await pace.take_turn(-100)
    assert refused.value.delay is not None
    assert refused.value.delay.total_seconds() == pytest.approx(41)
    await pace.take_turn(-200)
    watch.now += 41
    await pace.take_turn(-100)


async def test_all_chats_share_the_sending_rate_of_a_bot() -> None:
    watch = Watch()
    pace = Pace(per_second=3, clock=watch)
    for chat in range(3):
        await pace.take_turn(chat)

    assert pace.next_turn(99) == pytest.approx(1.0)
    watch.now += 1
    assert pace.next_turn(99) == 0


async def test_sending_rate_stays_near_the_limit_even_if_timers_fire_late(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()

    async def wake_late(seconds: float) -> None:
        watch.now += seconds + 0.02

    monkeypatch.setattr(asyncio, "sleep", wake_late)
    pace, taken = Pace(clock=watch), list[float]()
    for _ in range(300):
        await pace.take_turn(None, can_wait=True)
        taken.append(watch.now)
    assert 300 / (taken[-1] - taken[0]) > 0.95 * 30
    assert max(sum(start <= each < start + 1 for each in taken) for start in taken) <= 30, "nor are they ahead of it"
