"""Check that a customer whose renewal charge failed can pay by another method: the failed charge is not collected any
more, the paid time continues, and money that arrives twice goes back, in any order of events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import PaymentReceivedMessage
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import REPLACED, Subscription, SubscriptionStatus
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PaymentEvent, PaymentEventKind, ProviderStatus
from tests.fakes.provider import PERIOD, Provider
from tests.fakes.shop import Shop

DAY = timedelta(days=1)
REF = "sub-1"


class Stubborn(Provider):
    """Provider that does not cancel."""

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        return False


@dataclass(frozen=True, kw_only=True)
class Owing:
    """Customer in the grace period of a failed renewal. `end`: end of the last paid period."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    end: datetime

    async def subscription(self) -> Subscription:
        async with self.shop.units() as uow:
            found = await uow.subscriptions.live_for(self.ana.id, self.plan.id)
        assert found is not None
        return found

    async def replaced(self) -> list[Subscription]:
        async with self.shop.units() as uow:
            return [each for each in await uow.subscriptions.of_customer(self.ana.id) if each.end_reason == REPLACED]

    async def open(self, method: str) -> str:
        """Open a checkout by a method and return its session."""
        await self.shop.start(self.ana.telegram_id, self.plan.soft_id, method)
        provider = {"acme": self.shop.provider, "coins": self.shop.coins}[method]
        return list(provider.checkouts)[-1]

    async def stop(self) -> None:
        """Run the jobs that stop billing."""
        for job in await self.shop.jobs("core.stop_billing"):
            stop = StopBilling(self.shop.units, self.shop.follow, self.shop.clock)
            await stop(SubscriptionId(UUID(str(job["subscription_id"]))))

    async def flags(self) -> list[str]:
        payments = (await self.shop.holding(self.ana, self.plan)).payments
        return sorted(str(payment.flag) for payment in payments if payment.flag is not None)


@pytest.fixture
async def owing(shop: Shop) -> Owing:
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(interval=Interval.DAY, interval_count=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    end = shop.clock.now() + PERIOD
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(2 * DAY)
    return Owing(shop=shop, ana=ana, plan=plan, end=end)


def paid_anew(owing: Owing, method: str, session: str) -> list[PaymentEvent]:
    if method == "coins":
        return [owing.shop.coins.paid(session)]
    return list(owing.shop.provider.pay(session))


async def test_customer_with_a_failed_charge_is_offered_all_methods_and_the_failed_one_last(owing: Owing) -> None:
    choices = await owing.shop.choose(owing.ana.telegram_id, owing.plan.soft_id)
    assert choices.plan.methods == ("coins", "acme")
    assert choices.usual is None
    assert choices.is_owed
    (item,) = (await owing.shop.status(owing.ana.telegram_id)).live
    assert item.renewable


async def test_period_paid_by_another_method_continues_the_last_paid_time(owing: Owing) -> None:
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    held = await owing.subscription()
    assert (held.status, held.provider, held.provider_ref) == (SubscriptionStatus.ACTIVE, "coins", None)
    assert held.access_until == owing.end + PERIOD, "as if the failed charge had been paid"
    assert (held.owed_since, held.renews) == (None, False)
    assert await owing.flags() == []


async def test_subscription_with_another_checkout_is_charged_from_its_payment(owing: Owing) -> None:
    await owing.shop.deliver(*owing.shop.provider.pay(await owing.open("acme")))
    held = await owing.subscription()
    assert (held.status, held.provider_ref, held.renews) == (SubscriptionStatus.ACTIVE, "sub-2", True)
    assert held.access_until == held.next_charge == owing.shop.clock.now() + PERIOD
    assert await owing.flags() == []


@pytest.mark.parametrize("method", ["coins", "acme"])
async def test_replaced_subscription_is_canceled_at_its_provider_once(owing: Owing, method: str) -> None:
    await owing.shop.deliver(*paid_anew(owing, method, await owing.open(method)))
    await owing.stop()
    assert owing.shop.provider.canceled_at_once == [REF]
    await owing.shop.deliver(owing.shop.provider.end(REF))
    await owing.stop()
    assert (await owing.subscription()).status is SubscriptionStatus.ACTIVE
    assert {job["subscription_id"] for job in await owing.shop.jobs("core.stop_billing")} == {
        str(each.id) for each in await owing.replaced()
    }
    assert await owing.shop.notified("expired") == []
    assert await owing.shop.alarms() == []


async def test_refused_cancellation_of_a_replaced_subscription_fails_and_is_repeated(owing: Owing) -> None:
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    owing.shop.provider.errors.append(GatewayRejected("acme", "no"))
    with pytest.raises(GatewayRejected):
        await owing.stop()
    await owing.stop()
    assert owing.shop.provider.canceled_at_once == [REF]


async def test_replaced_subscription_that_is_still_charged_raises_an_alarm_until_it_is_canceled(owing: Owing) -> None:
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    stubborn = Stubborn(owing.shop.clock, name="acme", subscriptions=owing.shop.provider.subscriptions)
    owing.shop.gateways.gateways["acme"] = stubborn
    await owing.stop()
    assert await owing.shop.alarms() == ["still_billed"]
    owing.shop.gateways.gateways["acme"] = owing.shop.provider
    await owing.stop()
    assert owing.shop.provider.canceled_at_once == [REF]


@pytest.mark.parametrize("method", ["coins", "acme"])
async def test_failed_charge_paid_before_the_other_checkout_counts_and_the_other_payment_is_flagged(
    owing: Owing, method: str
) -> None:
    session = await owing.open(method)
    other = paid_anew(owing, method, session)
    await owing.shop.deliver(owing.shop.provider.recover(REF, owing.plan.price), *other)
    held = await owing.subscription()
    assert (held.provider_ref, held.access_until) == (REF, owing.end + PERIOD)
    assert await owing.flags() == [FlagReason.SECOND_CAPTURE]
    assert await owing.replaced() == []


@pytest.mark.parametrize("method", ["coins", "acme"])
@pytest.mark.parametrize("is_canceled_first", [True, False])
async def test_failed_charge_collected_after_the_other_payment_is_refunded(
    owing: Owing, method: str, is_canceled_first: bool
) -> None:
    session = await owing.open(method)
    late = owing.shop.provider.recover(REF, owing.plan.price)
    await owing.shop.deliver(*paid_anew(owing, method, session))
    before = await owing.subscription()
    if is_canceled_first:
        await owing.stop()
    await owing.shop.deliver(late)
    held = await owing.subscription()
    assert (held.id, held.access_until, held.provider_ref) == (before.id, before.access_until, before.provider_ref)
    assert await owing.flags() == [FlagReason.SECOND_CAPTURE]
    await owing.shop.give_back()
    assert list(owing.shop.provider.refunds.values()) == [late.payment_key]
    assert REF in owing.shop.provider.canceled_at_once
    assert await owing.shop.alarms() == ["second_capture_returned"]


async def test_late_charge_at_a_discount_or_another_price_is_refunded_too(owing: Owing) -> None:
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    await owing.shop.deliver(owing.shop.provider.recover(REF, Money(5999, "EUR")))
    assert await owing.flags() == [FlagReason.SECOND_CAPTURE]


async def test_abandoned_checkout_changes_nothing(owing: Owing) -> None:
    before = await owing.subscription()
    await owing.open("coins")
    assert await owing.subscription() == before
    owing.shop.clock.advance(4 * DAY)
    await owing.shop.check(before.id)
    assert (await owing.shop.holding(owing.ana, owing.plan)).subscription.status is SubscriptionStatus.EXPIRED
    assert owing.shop.provider.canceled_at_once == [REF]


async def test_payment_that_arrives_after_the_grace_period_begins_a_new_subscription(owing: Owing) -> None:
    session, before = await owing.open("coins"), await owing.subscription()
    owing.shop.clock.advance(4 * DAY)
    await owing.shop.check(before.id)
    await owing.shop.deliver(owing.shop.coins.paid(session))
    held = await owing.subscription()
    assert (held.id == before.id, held.access_until) == (False, owing.shop.clock.now() + PERIOD)


async def test_period_shorter_than_the_used_grace_time_begins_with_its_payment(shop: Shop) -> None:
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(interval=Interval.DAY, interval_count=1)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(2 * DAY)
    owing = Owing(shop=shop, ana=ana, plan=plan, end=shop.clock.now())
    await shop.deliver(shop.coins.paid(await owing.open("coins")))
    assert (await owing.subscription()).access_until == shop.clock.now() + DAY


async def test_skipped_month_whose_charge_fails_can_be_paid_by_another_method(owing: Owing) -> None:
    """The customer has no access then, so that the paid time begins with the payment."""
    async with owing.shop.units() as uow:
        held = await uow.subscriptions.live_for(owing.ana.id, owing.plan.id)
        assert held is not None
        held.status, held.paused_for = SubscriptionStatus.PAUSED, frozenset({"provider"})
        held.pause_until = held.owed_since
        await uow.subscriptions.save(held)
        await uow.commit()
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    after = await owing.subscription()
    assert (after.status, after.pause_until) == (SubscriptionStatus.ACTIVE, None)
    assert after.access_until == owing.shop.clock.now() + PERIOD


async def test_suspended_customer_with_a_failed_charge_cannot_buy_again(owing: Owing) -> None:
    async with owing.shop.units() as uow:
        held = await uow.subscriptions.live_for(owing.ana.id, owing.plan.id)
        assert held is not None
        held.pause("staff", owing.shop.clock.now())
        await uow.subscriptions.save(held)
        await uow.commit()
    with pytest.raises(AlreadySubscribed):
        await owing.open("coins")


async def test_customer_can_pay_after_canceling_in_the_grace_period(owing: Owing) -> None:
    await owing.shop.cancel(owing.ana.telegram_id)
    assert (await owing.subscription()).status is SubscriptionStatus.CANCELED
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    held = await owing.subscription()
    assert (held.status, held.cancel_at_period_end) == (SubscriptionStatus.ACTIVE, False)
    assert held.access_until == owing.shop.clock.now() + PERIOD
    await owing.stop()
    assert owing.shop.provider.canceled_at_once == [REF]


async def test_state_fetched_from_the_replaced_subscription_is_not_applied(owing: Owing) -> None:
    known = await owing.subscription()
    snapshot = await owing.shop.provider.fetch_subscription(REF)
    assert snapshot is not None
    assert snapshot.status is ProviderStatus.PAST_DUE
    await owing.shop.deliver(*owing.shop.provider.pay(await owing.open("acme")))
    before = await owing.subscription()
    await owing.shop.follow.apply(known, snapshot)
    assert await owing.subscription() == before


async def test_refund_of_the_earlier_period_does_not_affect_the_new_payment(owing: Owing) -> None:
    first = (await owing.shop.holding(owing.ana, owing.plan)).payment
    await owing.shop.deliver(*owing.shop.provider.pay(await owing.open("acme")))
    before = await owing.subscription()
    await owing.stop()
    refund = owing.shop.provider.create_event(
        PaymentEventKind.REFUND,
        "refund.created",
        payment_key="re-1",
        about_payment=first.payment_key,
        amount_refunded=first.amount,
    )
    await owing.shop.deliver(refund)
    held = await owing.subscription()
    assert (held.status, held.access_until) == (SubscriptionStatus.ACTIVE, before.access_until)
    assert held.renews


async def test_time_begins_with_the_money_if_the_bank_decides_within_the_grace_period(owing: Owing) -> None:
    done, paid = owing.shop.provider.pay(await owing.open("acme"))
    owing.shop.clock.advance(2 * DAY)
    before = await owing.subscription()
    assert before.status is SubscriptionStatus.PAST_DUE, "the press alone changes nothing"
    confirmed = owing.shop.clock.now()
    await owing.shop.deliver(replace(done, occurred_at=confirmed), replace(paid, occurred_at=confirmed))
    held = await owing.subscription()
    assert (held.id, held.status) == (before.id, SubscriptionStatus.ACTIVE)
    assert held.access_until == confirmed + PERIOD


@pytest.mark.parametrize(("method", "is_collected", "replaces"), [("coins", False, True), ("acme", True, False)])
async def test_message_says_that_the_failed_charge_is_not_collected(
    owing: Owing, method: str, is_collected: bool, replaces: bool
) -> None:
    session = await owing.open(method)
    if is_collected:
        await owing.shop.deliver(owing.shop.provider.recover(REF, owing.plan.price))
    await owing.shop.deliver(*paid_anew(owing, method, session))
    payments = (await owing.shop.holding(owing.ana, owing.plan)).payments
    async with owing.shop.units() as uow:
        sources = Sources(uow, owing.shop.policy, owing.shop.clock.now())
        messages = [await PaymentReceivedMessage.load(sources, payment.id) for payment in payments]
    assert [message.replaces for message in messages if message is not None and message.replaces] == [True] * replaces


async def test_replaced_subscription_is_not_shown_as_an_ended_plan(owing: Owing) -> None:
    await owing.shop.deliver(owing.shop.coins.paid(await owing.open("coins")))
    assert len(await owing.replaced()) == 1
    assert len((await owing.shop.status(owing.ana.telegram_id)).subscriptions) == 1
    entitlements = CheckEntitlement(owing.shop.units, owing.shop.clock, owing.shop.policy)
    _, plans = await entitlements.customer(owing.ana.telegram_id)
    assert [each.subscription.status for each in plans] == [SubscriptionStatus.ACTIVE]
    explain = ExplainAccess(owing.shop.units, owing.shop.policy)
    (explained,) = await explain(owing.ana.telegram_id)
    assert explained.status is SubscriptionStatus.ACTIVE
