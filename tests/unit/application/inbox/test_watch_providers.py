"""Check that live subscriptions are fetched from their provider once a day, and more often while no webhooks of the
provider arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.inbox.watch_providers import EACH_EVERY, WHILE_SILENT, WatchProviders
from subscriptions.application.subscriptions.poll_subscription import WHILE_AWAY
from subscriptions.domain.entities.access import MAY_ENTER
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import SubscriptionId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    ProviderStatus,
    SubscriptionPage,
)
from tests.fakes import samples
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop

REF = "sub-1"
HOUR = timedelta(hours=1)


@dataclass
class Day:
    """Shop with a clock, whose provider sends no webhooks and cannot list its subscriptions."""

    shop: Shop
    watch: WatchProviders

    async def begin(self) -> None:
        """Sell a subscription and run the watch of the providers once."""
        self.ana, self.plan = await self.shop.customer(), await self.shop.priced()
        _, session = await self.shop.checkout(self.ana, self.plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        await self.watch()

    async def pass_by(self, hours: int = 24) -> int:
        """Advance the clock by the given hours and return the number of fetches of a subscription."""
        done = len(await self.shop.jobs("core.ask_subscription"))
        for _ in range(hours):
            self.shop.clock.advance(HOUR)
            before = len(await self.shop.jobs("core.ask_subscription"))
            await self.watch()
            for job in (await self.shop.jobs("core.ask_subscription"))[before:]:
                await self.shop.poll_subscription(SubscriptionId(UUID(str(job["subscription_id"]))))
        return len(await self.shop.jobs("core.ask_subscription")) - done

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def enters(self) -> bool:
        held = await self.shop.holding(self.ana, self.plan)
        return any(access.status in MAY_ENTER for access in held.accesses)


@pytest.fixture
async def day(shop: Shop) -> Day:
    made = Day(shop, WatchProviders(shop.units, shop.gateways, shop.clock))
    await made.begin()
    return made


async def test_subscription_is_fetched_once_a_day(day: Day):
    assert [await day.pass_by() for _ in range(4)] == [1, 1, 1, 1]


async def test_fetch_during_an_outage_is_retried_hours_later(day: Day):
    day.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(RetryLater) as refused:
        await day.shop.poll_subscription.in_turn((await day.subscription()).id)
    assert refused.value.delay == WHILE_AWAY


async def test_cancellation_at_the_provider_is_found_within_a_day(day: Day):
    end = day.shop.provider.subscriptions[REF].current_period_end
    day.shop.provider.change(REF, cancel_at_period_end=True, cancel_at=end)
    await day.pass_by()
    assert (await day.subscription()).status is SubscriptionStatus.CANCELED


async def test_pause_at_the_provider_and_its_end_are_found(day: Day):
    day.shop.provider.change(REF, status=ProviderStatus.PAUSED)
    await day.pass_by()
    assert not await day.enters()
    day.shop.provider.change(REF, status=ProviderStatus.ACTIVE)
    await day.pass_by()
    assert await day.enters()


async def test_changed_price_at_the_provider_is_found(day: Day):
    other = await day.shop.priced(soft_id="other", name="Other", price=Money(1999, "EUR"))
    day.shop.provider.change(REF, price_ref="price-other", price=Money(1999, "EUR"))
    await day.pass_by()
    async with day.shop.units() as uow:
        found = await uow.subscriptions.by_provider_ref("acme", REF)
    assert found is not None
    assert (found.plan_id, found.price) == (other.id, Money(1999, "EUR"))


async def test_many_fetches_are_spread_over_the_day(day: Day):
    async with day.shop.units() as uow:
        for number in range(240):
            person = samples.customer(telegram_id=9000 + number)
            await uow.customers.save(person)
            like = Subscription.give(person.id, day.plan.id, day.plan.price, day.shop.clock.now())
            await uow.subscriptions.save(
                replace(
                    like,
                    id=SubscriptionId(new_uuid()),
                    status=SubscriptionStatus.ACTIVE,
                    provider="acme",
                    provider_ref=f"sub-many-{number}",
                )
            )
        await uow.commit()
    await day.pass_by(25)
    asked = [await day.pass_by(1) for _ in range(24)]
    assert sum(asked) >= 240
    assert max(asked) < 40, asked


async def test_subscription_is_fetched_more_often_while_no_webhooks_arrive(day: Day):
    for _ in range(20):
        await day.shop.deliver(day.shop.provider.updated(REF))
        await day.pass_by(2)
    assert await day.pass_by(5 * 24) == 5
    await day.pass_by()
    assert await day.pass_by() == EACH_EVERY / WHILE_SILENT
    for _ in range(24):
        await day.shop.deliver(day.shop.provider.updated(REF))
        await day.pass_by(1)
    assert await day.pass_by() == 1


async def test_fetch_scheduled_too_far_ahead_by_a_wrong_clock_runs_at_once(day: Day):
    async with day.shop.units() as uow:
        known = await uow.subscriptions.by_provider_ref("acme", REF)
        assert known is not None
        known.next_ask_at = day.shop.clock.now() + timedelta(days=40)
        await uow.subscriptions.save(known)
        await uow.commit()
    assert await day.pass_by(1) == 1


async def test_past_due_subscription_is_not_fetched_by_the_daily_check(day: Day):
    await day.shop.deliver(day.shop.provider.fail_renewal(REF))
    assert await day.pass_by(48) == 0


class Listing:
    """The given provider, extended by a list of its subscriptions. While `away` is True, the list is unavailable."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.away, self.pages = False, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        if self.away:
            raise GatewayUnavailable("acme", "no answer")
        self.pages += 1
        now, held = self._provider.clock.now(), self._provider.held
        found = [replace(one, fetched_at=now, held=ref in held) for ref, one in self._provider.subscriptions.items()]
        return SubscriptionPage(snapshots=found, next=None)


async def test_subscriptions_listed_by_the_provider_are_not_fetched_individually(day: Day):
    day.shop.gateways.gateways = {"acme": (listing := Listing(day.shop.provider))}

    async def pass_by() -> int:
        alone = 0
        for _ in range(24):
            before = len(await day.shop.jobs("core.ask_listed"))
            alone += await day.pass_by(hours=1)
            for job in (await day.shop.jobs("core.ask_listed"))[before:]:
                await day.shop.poll_subscription.all_listed(job["provider"])
        return alone

    await pass_by()
    listing.pages = 0
    day.shop.provider.change(REF, status=ProviderStatus.PAUSED)
    assert [await pass_by() for _ in range(2)] == [0, 0]
    assert listing.pages == 2
    assert not await day.enters()
    listing.away = True
    assert sum([await pass_by() for _ in range(2)]) == 2


async def test_changed_period_end_is_found_in_the_providers_list_of_subscriptions(day: Day):
    day.shop.gateways.gateways = {"acme": Listing(day.shop.provider)}
    sooner = day.shop.provider.subscriptions[REF].current_period_end - 5 * HOUR
    day.shop.provider.change(REF, current_period_end=sooner)
    await day.shop.poll_subscription.all_listed("acme")
    assert (await day.subscription()).current_period_end == sooner


async def test_billing_listed_as_paused_without_a_suspension_is_resumed(day: Day):
    """The situation occurs after a restore of a backup from before the suspension."""
    day.shop.gateways.gateways = {"acme": Listing(day.shop.provider)}
    await day.shop.provider.pause_billing(REF)
    await day.shop.poll_subscription.all_listed("acme")
    await day.shop.sync_billing()
    assert day.shop.provider.held == set()


async def test_refusal_for_one_subscription_does_not_stop_the_listing(day: Day):
    day.shop.gateways.gateways = {"acme": Listing(day.shop.provider)}
    first = (await day.subscription()).next_ask_at
    later = day.shop.provider.subscriptions[REF].current_period_end + 5 * HOUR
    day.shop.provider.change(REF, current_period_end=later)
    day.shop.provider.errors.append(GatewayRejected("acme", "no such invoices"))
    await day.shop.poll_subscription.all_listed("acme")
    assert (await day.subscription()).next_ask_at != first
    assert await day.shop.alarms() == ["provider_refuses"]
