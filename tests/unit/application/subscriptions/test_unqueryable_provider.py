"""Subscriptions at a provider that renews automatically, refers to checkouts only, and cannot be queried for the
current state.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import EndingSoon
from subscriptions.application.subscriptions.subscription_handler import CannotUndo
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    PaymentEvent,
    PaymentEventKind,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.provider import PERIOD, Provider
from tests.fakes.shop import Shop, memory_shop

Kind = PaymentEventKind
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Unasked(Provider):
    """Provider that names a subscription `7:{first charge}`, and only in the event of its first payment.

    stopped: cancellations. listed: payments returned by `fetch_payments`.
    """

    charges: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    stopped: list[str] = field(default_factory=list)
    resumes: bool = True
    listed: list[PaymentEvent] = field(default_factory=list)

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        return self.listed

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        return None

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        self.stopped.append(ref)
        return True

    async def resume_subscription(self, ref: str) -> bool:
        return self.resumes

    def charge(self, session: str, **more: Any) -> PaymentEvent:
        """Charge a period and return its event. The event of the first charge names the subscription."""
        request, charge, now = self.checkouts[session], f"charge-{next(self.charges)}", self.clock.now()
        about: dict[str, Any] = {
            "checkout_ref": session,
            "order_id": request.order_id,
            "telegram_id": request.telegram_id,
            "amount": request.amount,
            "payment_key": charge,
            "period_start": now,
            "period_end": now + PERIOD,
        }
        if not more.get("is_renewal"):
            about["subscription_ref"] = f"7:{charge}"
        return self.create_event(Kind.PAYMENT_COMPLETED, "paid", **(about | more))

    def say(self, kind: PaymentEventKind, session: str, **more: Any) -> PaymentEvent:
        """Return an event that refers only to the checkout."""
        order = self.checkouts[session].order_id
        return self.create_event(kind, "changed", checkout_ref=session, order_id=order, **more)


@dataclass
class Sale:
    """Sale of a renewing plan, which starts with its open checkout."""

    shop: Shop
    provider: Unasked
    customer: Customer
    plan: ServicePlan
    session: str

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.customer, self.plan)).subscription

    async def check(self) -> SubscriptionStatus:
        await self.shop.check((await self.subscription()).id)
        return (await self.subscription()).status


@pytest.fixture
async def sale() -> Sale:
    shop = memory_shop()
    provider = Unasked(shop.clock, name="acme")
    provider.capabilities = provider.capabilities - {Capability.FETCH}
    shop.provider = provider
    shop.gateways.gateways["acme"] = provider
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    return Sale(shop, provider, customer, plan, session)


async def test_renewal_that_refers_only_to_its_checkout_extends_the_subscription(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(PERIOD)
    renewal = sale.provider.charge(sale.session, is_renewal=True)
    await sale.shop.deliver(renewal)

    subscription = await sale.subscription()
    assert subscription.provider_ref == "7:charge-1"
    assert subscription.current_period_end == subscription.access_until == renewal.period_end


async def test_renewal_is_retried_until_its_first_payment_arrives(sale: Sale) -> None:
    first = sale.provider.charge(sale.session)
    sale.shop.clock.advance(PERIOD)
    early = await sale.shop.store(sale.provider.charge(sale.session, is_renewal=True))
    with pytest.raises(Exception, match="not counted yet"):
        await sale.shop.apply(early)
    await sale.shop.deliver(first)
    await sale.shop.apply(early)

    holding = await sale.shop.holding(sale.customer, sale.plan)
    assert (await sale.shop.inbox(early)).status is InboxStatus.APPLIED
    assert len(holding.payments) == 2
    assert holding.subscription.provider_ref == "7:charge-1"


async def test_second_payment_is_refunded_and_does_not_change_the_subscription(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    await sale.shop.deliver(sale.provider.charge(sale.session))
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE
    assert len(await sale.shop.jobs("core.return_payment")) == 1


async def test_cancellation_at_the_provider_is_applied_and_undone(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(DAY)
    canceled = sale.provider.say(Kind.SUBSCRIPTION_CANCELED, sale.session)
    await sale.shop.deliver(canceled)
    assert (await sale.subscription()).undoable(sale.shop.clock.now())
    sale.shop.clock.advance(DAY)
    await sale.shop.deliver(sale.provider.say(Kind.SUBSCRIPTION_UPDATED, sale.session))

    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE


async def test_undo_is_not_offered_in_granted_days_after_the_canceled_period(sale: Sale) -> None:
    shop = sale.shop
    await shop.deliver(sale.provider.charge(sale.session))
    subscription = await sale.subscription()
    async with shop.units() as uow:
        target = TimeTarget(subscription=subscription, is_extension=True)
        grant = TimeGrant(kind=LedgerKind.ADMIN_GRANT, source_key="gift", length=7 * DAY, price=sale.plan.price)
        give_time = GiveTime(GrantAccess(shop.policy))
        await give_time.add(uow, target, sale.customer, sale.plan, grant, shop.clock.now())
        await uow.commit()
    await shop.cancel(sale.customer.telegram_id)
    for moment, is_offered in ((PERIOD - HOUR, True), (HOUR, False)):
        shop.clock.advance(moment)
        (view,) = (await shop.status(sale.customer.telegram_id)).live
        async with shop.units() as uow:
            sources = Sources(uow, shop.policy, shop.clock.now())
            message = await EndingSoon.load(sources, subscription.id)
        assert message is not None
        assert (view.can_undo, message.word) == (is_offered, "undo" if is_offered else "other")


async def test_older_event_received_after_a_newer_event_changes_nothing(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(DAY)
    canceled = sale.provider.say(Kind.SUBSCRIPTION_CANCELED, sale.session)
    sale.shop.clock.advance(DAY)
    kept = sale.provider.say(Kind.SUBSCRIPTION_UPDATED, sale.session)
    await sale.shop.deliver(kept, canceled)

    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE


async def test_failure_received_after_its_recovery_changes_nothing(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(PERIOD)
    failed = sale.provider.say(Kind.PAYMENT_FAILED, sale.session, is_renewal=True)
    sale.shop.clock.advance(HOUR)
    await sale.shop.deliver(sale.provider.charge(sale.session, is_renewal=True), failed)

    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE


async def test_cancellation_in_the_chat_is_confirmed_by_the_provider(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    canceled = await sale.shop.cancel(sale.customer.telegram_id)
    assert canceled.status is SubscriptionStatus.CANCELED
    assert sale.provider.stopped == ["7:charge-1"]

    assert (await sale.shop.undo(sale.customer.telegram_id)).status is SubscriptionStatus.ACTIVE


async def test_undo_refused_by_the_provider_is_not_confirmed(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    await sale.shop.cancel(sale.customer.telegram_id)
    sale.provider.resumes = False
    with pytest.raises(CannotUndo):
        await sale.shop.undo(sale.customer.telegram_id)

    assert (await sale.subscription()).status is SubscriptionStatus.CANCELED


async def test_access_ends_only_after_the_grace_period_if_renewal_events_are_missing(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(PERIOD + HOUR)
    assert await sale.check() is SubscriptionStatus.ACTIVE
    sale.shop.clock.advance(3 * HOUR)
    assert await sale.check() is SubscriptionStatus.PAST_DUE
    assert sale.provider.stopped == []
    sale.shop.clock.advance(5 * DAY)

    assert await sale.check() is SubscriptionStatus.EXPIRED
    assert sale.provider.stopped == ["7:charge-1"]


async def test_missing_renewal_is_announced_once_as_a_failed_charge(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(PERIOD + 4 * HOUR)
    for _ in range(2):
        assert await sale.check() is SubscriptionStatus.PAST_DUE
        sale.shop.clock.advance(DAY)
    assert len(await sale.shop.notified("payment_failed")) == 1
    assert await sale.shop.notified("confirm_charge") == []


async def test_unreported_payment_is_found_before_access_ends(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    sale.shop.clock.advance(PERIOD + 4 * HOUR)
    assert await sale.check() is SubscriptionStatus.PAST_DUE
    sale.shop.clock.advance(5 * DAY)
    sale.provider.listed.append(sale.provider.charge(sale.session, is_renewal=True))
    assert await sale.check() is SubscriptionStatus.PAST_DUE
    assert sale.provider.stopped == []
    assert len(await sale.shop.jobs("core.apply_payment_event")) == 1

    (found,) = await sale.shop.jobs("core.apply_payment_event")
    await sale.shop.apply(InboxId(UUID(str(found["inbox_id"]))))
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE


async def test_canceled_subscription_ends_with_its_paid_period(sale: Sale) -> None:
    await sale.shop.deliver(sale.provider.charge(sale.session))
    await sale.shop.cancel(sale.customer.telegram_id)
    sale.shop.clock.advance(PERIOD + HOUR)

    assert await sale.check() is SubscriptionStatus.EXPIRED


async def test_plan_with_an_unsupported_interval_is_not_offered(sale: Sale) -> None:
    yearly = await sale.shop.plan(soft_id="yearly", name="Yearly", interval_count=12)
    sale.shop.gateways.periods["acme"] = frozenset({(Interval.MONTH, 1)})

    assert (await sale.shop.plans.one(sale.plan.soft_id)).methods == ("acme",)
    assert (await sale.shop.plans.one(yearly.soft_id)).methods == ()


@pytest.mark.parametrize("back", [Kind.REFUND, Kind.DISPUTE_OPENED])
async def test_reversal_of_an_ended_period_does_not_end_the_current_period(sale: Sale, back: Kind) -> None:
    first = sale.provider.charge(sale.session)
    await sale.shop.deliver(first)
    sale.shop.clock.advance(PERIOD)
    renewal = sale.provider.charge(sale.session, is_renewal=True)
    await sale.shop.deliver(renewal)
    sale.shop.clock.advance(DAY)
    about = {"payment_key": "back-1", "about_payment": first.payment_key}
    await sale.shop.deliver(sale.provider.create_event(back, "money.back", **about))
    if back is Kind.DISPUTE_OPENED:
        assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE
        lost = sale.provider.create_event(Kind.DISPUTE_CLOSED, "money.back", reason="lost", **about)
        await sale.shop.deliver(lost)
    subscription = await sale.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, renewal.period_end)
    assert not await sale.shop.jobs("core.stop_billing")


async def test_refund_of_the_last_period_stops_billing(sale: Sale) -> None:
    first = sale.provider.charge(sale.session)
    await sale.shop.deliver(first)
    sale.shop.clock.advance(PERIOD + HOUR)
    about = {"payment_key": "back-1", "about_payment": first.payment_key}
    await sale.shop.deliver(sale.provider.create_event(Kind.REFUND, "money.back", **about))
    assert (await sale.subscription()).status is SubscriptionStatus.EXPIRED
    assert len(await sale.shop.jobs("core.stop_billing")) == 1
