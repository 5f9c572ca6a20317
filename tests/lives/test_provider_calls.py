"""A provider gets few requests about one subscription, in every state and whatever its customer decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.subscriptions.pause_subscription import NothingToPause
from subscriptions.application.subscriptions.subscription_handler import CannotUndo, NothingToCancel
from subscriptions.domain.ports.payment_gateway import GatewayRejected, ProviderStatus
from tests.lives.biller import Biller
from tests.lives.story import ANA, DAY, REF, STATES, Story, story_in

PER_DAY = 16
"""Most requests about one subscription and day, on average of ten days: a routine check every four hours, which may
fetch the subscription and its payments, and some checks shortly after a change.
"""
REQUESTS = (
    "fetch_subscription",
    "fetch_payments",
    "cancel_subscription",
    "resume_subscription",
    "pause_billing",
    "release_charges",
    "end_pause",
    "reschedule_charge",
)


async def _resume(story: Story) -> None:
    await story.shop.undo(ANA, "month")


WISHES: dict[str, Callable[[Story], Awaitable[None]]] = {
    "none": lambda story: story.run(),
    "cancel": lambda story: story.cancel(),
    "resume": _resume,
    "skip": lambda story: story.skip(),
    "change": lambda story: story.change("lite"),
    "hold": lambda story: story.suspend(),
}
REFUSALS = (NothingToCancel, CannotUndo, NothingToPause, NothingToDo)


def count_requests(provider: Biller) -> list[str]:
    """Return a list to which each request to the provider is added from now on."""
    requests: list[str] = []

    def counted(name: str) -> Callable[..., Awaitable[Any]]:
        original = getattr(provider, name)

        async def request(*args: Any, **more: Any) -> Any:
            requests.append(name)
            return await original(*args, **more)

        return request

    for name in REQUESTS:
        setattr(provider, name, counted(name))
    return requests


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("state", STATES)
async def test_provider_gets_few_requests_about_one_subscription(state: str, wish: str) -> None:
    story = await story_in(state)
    with suppress(*REFUSALS):
        await WISHES[wish](story)
    requests = count_requests(story.provider)

    await story.pass_by_schedule(10 * DAY)

    assert len(requests) <= 10 * PER_DAY, f"{len(requests)} requests in ten days"


async def test_provider_that_refuses_to_stop_billing_gets_few_requests() -> None:
    story = await story_in("canceled")
    await story.run(18 * DAY)
    story.provider.change(REF, status=ProviderStatus.PAST_DUE)

    async def refuse(ref: str, *, at_period_end: bool = True) -> bool:
        raise GatewayRejected("acme", "this key may not cancel")

    story.provider.cancel_subscription = refuse  # the simulated provider has no such mode
    requests = count_requests(story.provider)

    await story.pass_by_schedule(12 * DAY)

    assert requests
    assert len(requests) <= 12 * PER_DAY


async def test_skipped_month_that_was_canceled_and_kept_again_ends_in_time() -> None:
    story = await story_in("canceled in the skipped month")
    await story.shop.undo(ANA, "month")
    charges = len(story.charges)

    await story.pass_by_schedule(40 * DAY)

    renewal = story.charges[charges]
    assert renewal.renewal
    assert story.subscription.access_until == renewal.end
    assert story.now - renewal.at < timedelta(days=30)
