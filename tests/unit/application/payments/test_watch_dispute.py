"""Disputes that no webhook reported, found by querying the provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.payments.disputes import USUAL_LENGTH, WatchDispute
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
)
from tests.fakes.shop import Holding, Shop

DAY = timedelta(days=1)
OPENED, CLOSED = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED


class Disputed:
    """Paid one-time plan, and unreported dispute events about its payment."""

    def __init__(self, shop: Shop, ana: Customer, plan: ServicePlan, payment: str) -> None:
        self._shop = shop
        self._ana, self._plan, self._payment = ana, plan, payment
        self.watch = WatchDispute(shop.units, shop.gateways, shop.clock, shop.policy)

    def befalls(self, kind: PaymentEventKind, reason: str | None = None, amount: Money | None = None) -> PaymentEvent:
        about = {"payment_key": "dp-1", "about_payment": self._payment, "reason": reason, "amount": amount}
        return self._shop.provider.create_event(kind, "money.back", **about)

    async def held(self) -> Holding:
        return await self._shop.holding(self._ana, self._plan)

    async def look(self) -> None:
        """Run the daily check and the jobs that follow from it."""
        before = len(await self._shop.jobs("core.apply_payment_event"))
        await self.watch("acme", "dp-1")
        for job in (await self._shop.jobs("core.apply_payment_event"))[before:]:
            await self._shop.apply(InboxId(UUID(str(job["inbox_id"]))))


@pytest.fixture
async def disputed(shop: Shop) -> Disputed:
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    return Disputed(shop, ana, plan, (await shop.holding(ana, plan)).payment.payment_key)


async def test_dispute_won_before_its_opening_was_received_suspends_no_access(shop: Shop, disputed: Disputed) -> None:
    opened = disputed.befalls(OPENED)
    shop.clock.advance(3 * DAY)
    closed = disputed.befalls(CLOSED, "won")

    (late,) = await shop.deliver(opened)

    assert late.note == "dispute is won"
    assert (await disputed.held()).subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == []
    (notified,) = await shop.deliver(closed)
    assert notified.note == "dispute is won already"


async def test_dispute_lost_before_its_opening_was_received_ends_access(shop: Shop, disputed: Disputed) -> None:
    opened = disputed.befalls(OPENED)
    shop.clock.advance(3 * DAY)
    disputed.befalls(CLOSED, "lost")

    await shop.deliver(opened)

    held = await disputed.held()
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    assert held.subscription.access_until == shop.clock.now()
    assert len(await shop.notified("dispute_lost")) == 1
    assert await shop.alarms() == ["dispute_lost"]


async def test_closed_inquiry_is_not_a_dispute(shop: Shop, disputed: Disputed) -> None:
    opened = disputed.befalls(OPENED, "inquiry")
    disputed.befalls(CLOSED, "inquiry")

    (late,) = await shop.deliver(opened)

    assert late.note == "dispute is closed"
    assert (await disputed.held()).subscription.status is SubscriptionStatus.ACTIVE


async def test_dispute_event_is_retried_without_suspension_while_the_provider_is_unavailable(
    shop: Shop, disputed: Disputed
) -> None:
    opened = disputed.befalls(OPENED)
    disputed.befalls(CLOSED, "won")
    inbox_id = await shop.store(opened)
    shop.provider.errors = [None, GatewayUnavailable("acme", "no answer")]

    with pytest.raises(GatewayUnavailable):
        await shop.apply(inbox_id)

    assert await shop.pending(inbox_id)
    assert (await disputed.held()).subscription.status is SubscriptionStatus.ACTIVE


async def test_unreported_dispute_result_is_found_within_a_day(shop: Shop, disputed: Disputed) -> None:
    await shop.deliver(disputed.befalls(OPENED))
    end = (await disputed.held()).subscription.access_until
    assert end is not None
    shop.clock.advance(10 * DAY)
    await disputed.look()
    assert (await disputed.held()).subscription.status is SubscriptionStatus.PAUSED
    closed = disputed.befalls(CLOSED, "won")
    shop.clock.advance(DAY)

    await disputed.look()

    held = await disputed.held()
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == end + 11 * DAY
    assert held.accesses[0].status is AccessStatus.PENDING
    looks = len(await shop.jobs("core.watch_dispute"))
    await disputed.look()
    assert len(await shop.jobs("core.watch_dispute")) == looks
    (notified,) = await shop.deliver(closed)
    assert notified.note == "dispute is won already"


@pytest.mark.parametrize("refusal", [GatewayUnavailable("acme", "no answer"), GatewayAuthError("acme", "revoked")])
async def test_failed_check_of_a_dispute_is_repeated_the_next_day(
    shop: Shop, disputed: Disputed, refusal: GatewayError
) -> None:
    await shop.deliver(disputed.befalls(OPENED))
    shop.clock.advance(USUAL_LENGTH)
    shop.provider.errors = [refusal]

    await disputed.look()

    assert len(await shop.jobs("core.watch_dispute")) == 2
    assert await shop.alarms() == ["dispute_open", "dispute_long"]


async def test_alarm_of_a_dispute_whose_fetched_result_was_not_applied_stays_open(
    shop: Shop, disputed: Disputed
) -> None:
    await shop.deliver(disputed.befalls(OPENED))
    disputed.befalls(CLOSED, "won")
    await disputed.watch("acme", "dp-1")

    shop.clock.advance(USUAL_LENGTH)
    await disputed.watch("acme", "dp-1")

    assert len(await shop.jobs("core.apply_payment_event")) == 1
    assert await shop.alarms() == ["dispute_open", "dispute_long"]


async def test_fetched_dispute_result_is_applied_to_the_payment_already_known_from_its_opening(
    shop: Shop, disputed: Disputed
) -> None:
    """A provider may name the payment only by its own charge id."""
    await shop.deliver(disputed.befalls(OPENED))
    closed = disputed.befalls(CLOSED, "won")
    shop.provider.sent[closed.event_key] = replace(closed, about_payment="ch-1")

    await disputed.look()

    assert (await disputed.held()).subscription.status is SubscriptionStatus.ACTIVE


async def test_unreported_change_of_amount_is_found_by_fetching(shop: Shop, disputed: Disputed) -> None:
    """The suspension follows the disputed amount, however often the amount changes. The owners are alerted about each
    change.
    """
    whole, small = Money(2999, "EUR"), Money(500, "EUR")
    await shop.deliver(disputed.befalls(OPENED, amount=whole))
    paused, active = SubscriptionStatus.PAUSED, SubscriptionStatus.ACTIVE
    for amount, status in ((small, active), (whole, paused), (small, active)):
        shop.clock.advance(DAY)
        disputed.befalls(OPENED, amount=amount)
        for _ in range(2):
            await disputed.look()
            assert (await disputed.held()).subscription.status is status
    notified = [job["facts"]["amount"] for job in {j["key"]: j for j in await shop.jobs("bot.alarm")}.values()]
    assert notified == [str(whole), str(small), str(whole)]


async def test_inquiry_that_became_a_dispute_is_found_by_fetching(shop: Shop, disputed: Disputed) -> None:
    await shop.deliver(disputed.befalls(OPENED, "inquiry"))
    shop.clock.advance(USUAL_LENGTH)
    await disputed.look()
    assert (await disputed.held()).subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == ["dispute_inquiry"]
    disputed.befalls(OPENED, "fraudulent")

    await disputed.look()

    assert (await disputed.held()).subscription.status is SubscriptionStatus.PAUSED
    shop.clock.advance(DAY)
    await disputed.look()
    assert await shop.alarms() == ["dispute_inquiry", "dispute_open"]


async def test_late_inquiry_event_of_a_current_dispute_suspends_access(shop: Shop, disputed: Disputed) -> None:
    asked = disputed.befalls(OPENED, "inquiry")
    disputed.befalls(OPENED, "fraudulent")

    await shop.deliver(asked)

    assert (await disputed.held()).subscription.status is SubscriptionStatus.PAUSED


async def test_dispute_webhook_is_applied_if_the_provider_does_not_list_the_dispute(
    shop: Shop, disputed: Disputed
) -> None:
    opened = disputed.befalls(OPENED)
    shop.provider.sent = {key: event for key, event in shop.provider.sent.items() if event is not opened}

    await shop.deliver(opened)

    assert (await disputed.held()).subscription.status is SubscriptionStatus.PAUSED
    await disputed.look()
    assert len(await shop.jobs("core.watch_dispute")) == 2


async def test_alarm_of_a_long_dispute_names_order_customer_and_amount(shop: Shop, disputed: Disputed) -> None:
    await shop.deliver(disputed.befalls(OPENED))
    shop.clock.advance(USUAL_LENGTH)
    await disputed.look()

    named = (await shop.jobs("bot.alarm"))[-1]["facts"]
    (payment,) = (await disputed.held()).payments
    assert (named["amount"], named["order"]) == (str(payment.amount), payment.reference)
    assert named["customer"] == str(payment.customer_id)
