"""Check that the next charge shown in notices and screens equals the amount that the provider charges, to the cent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from subscriptions.application.expiry.watch_renewals import WatchRenewals
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import RenewalComingMessage, TrialEndingMessage
from subscriptions.application.subscriptions import learn_charges
from subscriptions.application.subscriptions.learn_charges import FRESH, LearnCharges
from subscriptions.application.subscriptions.remind import PATIENCE
from subscriptions.application.subscriptions.subscription_handler import UndoCancellation
from subscriptions.application.views.show_status import SubscriptionView
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, ProviderStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

DAY = timedelta(days=1)
LEAD = timedelta(days=15)
REF = "sub-1"


class Buyer:
    """Customer with one monthly subscription."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def buy(self) -> Buyer:
        self.ana, self.plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(self.ana, self.plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        return self

    async def held(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def remind(self) -> None:
        await self.shop.remind((await self.held()).id)

    async def notice(self) -> RenewalComingMessage:
        """Return the renewal notice as it would be composed now."""
        held = await self.held()
        async with self.shop.units() as uow:
            sources = Sources(uow, self.shop.policy, self.shop.clock.now())
            message = await RenewalComingMessage.load(sources, held.id)
        assert message is not None
        return message

    async def view(self) -> SubscriptionView:
        (view,) = (await self.shop.status(self.ana.telegram_id)).subscriptions
        return view


@pytest.fixture
async def buyer(shop: Shop) -> Buyer:
    return await Buyer(shop).buy()


@pytest.mark.parametrize("minor", [5998, 3999, 1999, 1499, 2499, 0])
async def test_charge_notice_names_the_fetched_amount(shop: Shop, buyer: Buyer, minor: int) -> None:
    """The coupon or the quantity was not reported, so the provider is queried when the notice is due."""
    shop.provider.charges[REF] = Money(minor, "EUR")
    shop.clock.advance(PERIOD - LEAD)
    await buyer.remind()
    assert len(await shop.notified("renewal_coming")) == 1
    message = await buyer.notice()
    assert (message.amount, message.word) == (Money(minor, "EUR"), "other" if minor else "free")
    await buyer.remind()
    assert len(await shop.notified("renewal_coming")) == 1, "what is known is not announced again"


async def test_changed_amount_after_the_notice_is_announced_again(shop: Shop, buyer: Buyer) -> None:
    shop.clock.advance(PERIOD - LEAD)
    await buyer.remind()
    shop.provider.charges[REF] = Money(5998, "EUR")
    await shop.deliver(shop.provider.updated(REF))
    await buyer.remind()
    assert len(await shop.notified("renewal_coming")) == 2
    assert (await buyer.notice()).amount == Money(5998, "EUR")


async def test_no_charge_notice_is_sent_during_a_pause_without_an_end_date(shop: Shop, buyer: Buyer) -> None:
    shop.provider.held.add(REF)
    shop.clock.advance(PERIOD - LEAD)
    await buyer.remind()
    assert await shop.notified("renewal_coming") == []
    view = await buyer.view()
    assert (view.next_charge, view.next_amount) == (None, None)
    shop.clock.advance(LEAD - DAY)
    await WatchRenewals(shop.units, shop.clock, shop.policy)()
    assert await shop.alarms() == []
    shop.provider.held.discard(REF)
    await shop.deliver(shop.provider.updated(REF))
    await buyer.remind()
    assert len(await shop.notified("renewal_coming")) == 1, "late rather than not at all"


async def test_unavailable_provider_delays_a_notice_by_half_a_day_at_most(shop: Shop, buyer: Buyer) -> None:
    shop.provider.charges[REF] = Money(5998, "EUR")
    shop.clock.advance(PERIOD - LEAD)
    away = GatewayUnavailable("acme", "away")
    shop.provider.errors = [away]
    await buyer.remind()
    assert await shop.notified("renewal_coming") == []
    shop.clock.advance(PATIENCE)
    shop.provider.errors = [away]
    await buyer.remind()
    assert len(await shop.notified("renewal_coming")) == 1
    assert (await buyer.notice()).amount == buyer.plan.price, "the last word there is"


async def test_status_shows_the_charge_reported_by_the_provider(shop: Shop, buyer: Buyer) -> None:
    end = (await buyer.held()).current_period_end
    shop.provider.charges[REF] = Money(1499, "EUR")
    await shop.deliver(shop.provider.updated(REF))
    view = await buyer.view()
    assert (view.next_charge, view.next_amount) == (end, Money(1499, "EUR"))


async def later_end(shop: Shop, buyer: Buyer, periods: int) -> datetime:
    end = (await buyer.held()).current_period_end
    assert end is not None
    at = end + periods * PERIOD
    shop.provider.change(REF, cancel_at=at)
    await shop.deliver(shop.provider.updated(REF))
    return at


async def test_customer_is_notified_of_each_charge_until_the_later_end_date_of_a_cancellation(
    shop: Shop, buyer: Buyer
) -> None:
    at = await later_end(shop, buyer, 2)
    assert await shop.notified("canceled") == []
    for renewals in (1, 2):
        assert (await buyer.view()).renews_until == at
        shop.clock.advance(PERIOD - LEAD)
        await buyer.remind()
        assert len(await shop.notified("renewal_coming")) == renewals
        assert (await buyer.notice()).ends_at == at
        shop.clock.advance(LEAD)
        await shop.deliver(shop.provider.renew(REF, buyer.plan.price))
    held = await buyer.held()
    assert (held.status, held.access_until) == (SubscriptionStatus.CANCELED, at)
    assert len(await shop.notified("canceled")) == 1
    view = await buyer.view()
    assert (view.renews, view.next_charge, view.renews_until) == (False, None, None)


async def test_cancellation_at_a_later_end_date_can_be_undone(shop: Shop, buyer: Buyer) -> None:
    await later_end(shop, buyer, 2)
    assert (await buyer.view()).can_undo
    undo = UndoCancellation(shop.units, shop.gateways, shop.follow)
    kept = await undo(buyer.ana.telegram_id, buyer.plan.soft_id)
    assert (kept.status, kept.cancel_at, kept.undoable(shop.clock.now())) == (SubscriptionStatus.ACTIVE, None, False)


async def test_notice_at_the_end_of_a_trial_says_if_the_next_period_is_free(shop: Shop, buyer: Buyer) -> None:
    held = await buyer.held()
    async with shop.units() as uow:
        sources = Sources(uow, shop.policy, shop.clock.now())
        message = await TrialEndingMessage.load(sources, held.id)
    assert message is not None
    assert replace(message, amount=Money(0, "EUR")).word == "free"
    assert message.word == "charged"


async def test_charge_after_a_pause_is_fetched_before_its_notice(shop: Shop, buyer: Buyer) -> None:
    """The amount of the charge after a pause is fetched like that of any other charge."""
    end = (await buyer.held()).current_period_end
    assert end is not None
    shop.provider.change(REF, status=ProviderStatus.ACTIVE, pause_until=end + PERIOD)
    await shop.deliver(shop.provider.updated(REF))
    shop.provider.charges[REF] = Money(1999, "EUR")
    shop.clock.advance(2 * PERIOD - LEAD)
    await buyer.remind()
    assert len(await shop.notified("renewal_coming")) == 1
    message = await buyer.notice()
    assert (message.charge, message.amount) == (end + PERIOD, Money(1999, "EUR"))


async def test_status_screen_fetches_an_outdated_charge(shop: Shop, buyer: Buyer) -> None:
    learn = LearnCharges(shop.units, shop.follow, shop.clock)
    shop.provider.charges[REF] = Money(1499, "EUR")
    await learn(buyer.ana.id)
    assert (await buyer.view()).next_amount == buyer.plan.price, "asked within the hour"
    shop.clock.advance(FRESH)
    await learn(buyer.ana.id)
    assert (await buyer.view()).next_amount == Money(1499, "EUR")


async def test_status_screen_does_not_wait_for_an_unavailable_provider(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = LearnCharges(shop.units, shop.follow, shop.clock)
    shop.clock.advance(FRESH)
    shop.provider.errors = [GatewayUnavailable("acme", "away")]
    await learn(buyer.ana.id)

    async def never(ref: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(learn_charges, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(shop.provider, "fetch_subscription", never)
    await learn(buyer.ana.id)
    assert (await buyer.view()).next_amount == buyer.plan.price
