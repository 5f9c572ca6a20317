"""Check that billing stops once no paid time is left, that granted days remain, and that messages, preview and staff
command agree about it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import DisputeLost, RefundedMessage
from subscriptions.application.staff.command import Effect
from subscriptions.application.subscriptions.give_days import GiveDays
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from subscriptions.domain.ports.writing.ledger import LEDGER
from tests.fakes.provider import PERIOD, Provider
from tests.fakes.shop import POLICY, Shop, memory_shop
from tests.fakes.staff import Staff

DAY, WEEK = timedelta(days=1), timedelta(days=7)
OPENED, CLOSED, REFUND = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED, PaymentEventKind.REFUND
POLICY_WITH_DAYS = replace(POLICY, stay=WEEK)


@dataclass(frozen=True)
class Sale:
    """Customer who paid for one month."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    olga: Customer
    ref: str

    @property
    def policy(self) -> Any:
        return self.shop.policy

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def payments(self) -> list[Payment]:
        """Return the payments, oldest first."""
        return sorted((await self.shop.holding(self.ana, self.plan)).payments, key=lambda each: each.occurred_at)

    async def goes_back(self, way: str, number: int = 0) -> None:
        """Reverse a whole payment, either by a refund or by a lost dispute."""
        payment = (await self.payments())[number]
        about = {"about_payment": payment.payment_key, "amount": payment.amount}
        if way == "refund":
            reported = about | {"payment_key": f"re-{number}", "amount_refunded": payment.amount}
            await self.shop.deliver(self.shop.provider.create_event(REFUND, "refund", **reported))
            return
        reported = about | {"payment_key": f"dp-{number}"}
        await self.shop.deliver(self.shop.provider.create_event(CLOSED, "dispute", reason="lost", **reported))

    async def reverse_with_state(self, way: str) -> None:
        """Reverse the first payment. The event names the subscription, so its current state is fetched."""
        payment = (await self.payments())[0]
        about = {"about_payment": payment.payment_key, "amount": payment.amount, "subscription_ref": self.ref}
        if way == "refund":
            reported = about | {"payment_key": "re-1", "amount_refunded": payment.amount}
            await self.shop.deliver(self.shop.provider.create_event(REFUND, "refund", **reported))
        else:
            reported = about | {"payment_key": "dp-1", "reason": "lost"}
            await self.shop.deliver(self.shop.provider.create_event(CLOSED, "dispute", **reported))

    async def work_referrals(self) -> None:
        referrals = pytest.importorskip("features.referrals.use_cases.give_referral")
        give = referrals.GiveReferral(self.shop.units, GrantAccess(self.policy), self.shop.clock, lambda: WEEK)
        for job in await self.shop.jobs("core.give_referral"):
            payment_id = PaymentId(UUID(str(job["payment_id"])))
            await give(payment_id, is_reversal=bool(job["back"]), reason=str(job["reason"]))

    async def stop_billing(self) -> None:
        """Run every enqueued job that stops billing."""
        stop = StopBilling(self.shop.units, self.shop.follow, self.shop.clock)
        for job in await self.shop.jobs("core.stop_billing"):
            await stop((await self.subscription()).id)
            assert job["subscription_id"] == str((await self.subscription()).id)

    async def skip_month(self) -> None:
        """Skip the next month and advance the clock by one month, into the pause."""
        pause = PauseSubscription(self.shop.units, self.shop.gateways, self.shop.follow, self.shop.clock)
        await pause(self.ana.telegram_id, self.plan.soft_id)
        self.shop.clock.advance(PERIOD)
        self.shop.provider.change(self.ref, status=ProviderStatus.PAUSED)
        await self.shop.deliver(self.shop.provider.updated(self.ref))
        assert (await self.subscription()).status is SubscriptionStatus.PAUSED

    async def preview(self, number: int = 0) -> Effect:
        payment = (await self.payments())[number]
        effect = await Staff(self.shop).run.preview(
            self.olga.telegram_id, "refund", str(payment.id), {"reason": "lo pidió", "amount": ""}
        )
        assert effect is not None
        return effect

    async def message(self, way: str) -> RefundedMessage | DisputeLost:
        kind, notified = (RefundedMessage, "refunded") if way == "refund" else (DisputeLost, "dispute_lost")
        subject = UUID((await self.shop.notified(notified))[-1]["subject"])
        async with self.shop.units() as uow:
            message = await kind.load(Sources(uow, self.policy, self.shop.clock.now()), subject)
        assert message is not None
        return message


class SkipsMonths(Provider):
    """Provider that skips the month after the paid month."""

    async def pause_subscription(self, ref: str) -> bool:
        end = self.subscriptions[ref].current_period_end
        assert end is not None
        self.change(ref, pause_until=end + PERIOD)
        return True

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        self.change(ref, pause_until=None)
        return True


@pytest.fixture
async def sale() -> Sale:
    bare = memory_shop(policy=POLICY_WITH_DAYS)
    provider = SkipsMonths(bare.clock, name="acme")
    shop = Shop(bare.units, memory=bare.memory, clock=bare.clock, policy=bare.policy, shared=provider)
    friend, plan, olga = await shop.customer(), await shop.plan(), await shop.customer(staff_role=StaffRole.OWNER)
    ana = await shop.customer(referrer_id=friend.id)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    ref = (await shop.holding(ana, plan)).subscription.provider_ref
    assert ref is not None
    return Sale(shop, ana, plan, olga, ref)


async def by_staff(sale: Sale) -> None:
    await Staff(sale.shop)(sale.olga.telegram_id, "extend", (await sale.subscription()).id, days=7, reason="perdón")


async def for_staying(sale: Sale) -> None:
    give_time = GiveTime(GrantAccess(sale.policy))
    await GiveDays(sale.shop.units, give_time, sale.shop.clock, sale.policy)(sale.ana.telegram_id, sale.plan.soft_id)


async def by_a_code(sale: Sale) -> None:
    await _enter(sale, LedgerKind.TOKEN, "token:1", sale.shop.clock.now())


async def by_a_free_period(sale: Sale) -> None:
    end = (await sale.subscription()).access_until
    assert end is not None
    await _enter(sale, LedgerKind.FREE_PERIOD, "free:1", end)


async def _enter(sale: Sale, kind: LedgerKind, key: str, start: datetime) -> None:
    subscription, now = await sale.subscription(), sale.shop.clock.now()
    entry = LedgerEntry(
        subscription_id=subscription.id, kind=kind, source_key=key, starts_at=start, length=WEEK, created_at=now
    )
    async with sale.shop.units() as uow:
        locked = await uow.subscriptions.get(subscription.id, lock=True)
        assert locked is not None
        await uow.write(LEDGER).add_if_new(entry)
        await GrantAccess(sale.policy).recount(uow, locked)
        await uow.subscriptions.save(locked)
        await uow.commit()


GIVEN = [by_staff, for_staying, by_a_code, by_a_free_period]
WAYS = pytest.mark.parametrize("way", ["refund", "dispute"])


@WAYS
@pytest.mark.parametrize("give", GIVEN, ids=lambda give: give.__name__)
async def test_billing_stops_once_all_payments_are_reversed_but_granted_days_remain(
    sale: Sale, give: Callable[[Sale], Awaitable[None]], way: str
):
    await give(sale)
    sale.shop.clock.advance(PERIOD + DAY)
    end = (await sale.subscription()).access_until
    assert end is not None
    assert end == sale.shop.clock.now() + WEEK - DAY
    effect = await sale.preview()

    await sale.goes_back(way)

    subscription = await sale.subscription()
    assert (subscription.live, subscription.access_until, subscription.renews) == (True, end, False)
    assert (effect.name, effect.facts["until"]) == ("stops", end)
    message = await sale.message(way)
    assert (message.word, message.until) == ("shorter" if way == "refund" else "other", end)

    await sale.stop_billing()
    assert sale.shop.provider.subscriptions[sale.ref].status is ProviderStatus.ENDED
    await sale.shop.check(subscription.id)
    after = await sale.subscription()
    assert (after.status, after.access_until) == (SubscriptionStatus.CANCELED, end)
    message = await sale.message(way)
    assert (message.word, message.until) == ("shorter" if way == "refund" else "other", end)


@WAYS
async def test_referral_days_are_reversed_with_their_payment(sale: Sale, way: str):
    """A week for a referral postponed the next charge. Six days before that charge the payment is reversed together
    with the week, so no time is left.
    """
    await sale.work_referrals()
    sale.shop.clock.advance(PERIOD + DAY)
    assert (await sale.subscription()).access_until == sale.shop.clock.now() + WEEK - DAY
    effect = await sale.preview()

    await sale.goes_back(way)

    assert effect.name == "ends"
    assert not (await sale.subscription()).renews
    assert (await sale.message(way)).word == "ended"
    await sale.work_referrals()
    assert not (await sale.subscription()).live
    await sale.stop_billing()
    assert sale.shop.provider.subscriptions[sale.ref].status is ProviderStatus.ENDED


async def test_refund_preview_subtracts_the_days_reversed_with_the_payment(sale: Sale):
    """Ten days after the payment, the customer has a week for a referral and a week granted by staff."""
    await sale.work_referrals()
    await by_staff(sale)
    sale.shop.clock.advance(10 * DAY)
    effect = await sale.preview()
    await sale.goes_back("refund")
    await sale.work_referrals()
    assert effect.name == "shortens"
    assert effect.facts["until"] == sale.shop.clock.now() + WEEK
    assert (await sale.subscription()).access_until == effect.facts["until"]


async def test_preview_of_a_refund_of_an_earlier_period_shows_no_change_of_access(sale: Sale):
    sale.shop.clock.advance(PERIOD)
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    sale.shop.clock.advance(DAY)
    end, effect = (await sale.subscription()).access_until, await sale.preview()
    await sale.goes_back("refund")
    subscription = await sale.subscription()
    assert (effect.name, subscription.access_until, subscription.renews) == ("time_stays", end, True)
    assert (await sale.message("refund")).word == "goes_on"


@WAYS
async def test_paid_period_after_referral_days_prevents_the_billing_stop(sale: Sale, way: str):
    """The referral days run first, then the second month, which is paid even if the first payment is reversed."""
    await sale.work_referrals()
    sale.shop.clock.advance(PERIOD)
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    sale.shop.clock.advance(DAY)
    await sale.goes_back(way)
    await sale.work_referrals()
    subscription = await sale.subscription()
    assert (subscription.live, subscription.renews) == (True, True)
    assert not await sale.shop.jobs("core.stop_billing")


async def test_dispute_during_granted_days_does_not_suspend_access(sale: Sale):
    """The disputed month is over and the current days were granted. Nothing is charged once the dispute is lost."""
    await sale.work_referrals()
    sale.shop.clock.advance(PERIOD + DAY)
    payment = (await sale.payments())[0]
    about = {"payment_key": "dp-0", "about_payment": payment.payment_key, "amount": payment.amount}
    await sale.shop.deliver(sale.shop.provider.create_event(OPENED, "dispute", **about))
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE
    await sale.goes_back("dispute")
    assert not (await sale.subscription()).renews


@WAYS
async def test_billing_stops_with_the_last_reversed_payment_in_any_order(sale: Sale, way: str):
    """Two months were paid, followed by granted days. The first refund does not stop billing; the second does."""
    sale.shop.clock.advance(PERIOD)
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    await by_staff(sale)
    sale.shop.clock.advance(PERIOD + DAY)
    end = (await sale.subscription()).access_until
    await sale.goes_back(way, 0)
    assert (await sale.subscription()).renews
    assert not await sale.shop.jobs("core.stop_billing")
    await sale.goes_back(way, 1)
    subscription = await sale.subscription()
    assert (subscription.renews, subscription.access_until) == (False, end)
    assert len(await sale.shop.jobs("core.stop_billing")) == 1


@WAYS
async def test_free_later_period_does_not_prevent_the_billing_stop(sale: Sale, way: str):
    """The owner made the second month free at the provider, so the reversal covers all payments."""
    sale.shop.clock.advance(PERIOD)
    free = Money(0, sale.plan.price.currency)
    renewal = sale.shop.provider.renew(sale.ref, free, regular=sale.plan.price, reduction=sale.plan.price)
    await sale.shop.deliver(renewal)
    sale.shop.clock.advance(DAY)
    await sale.goes_back(way)
    assert not (await sale.subscription()).renews
    assert await sale.shop.jobs("core.stop_billing")


@WAYS
async def test_trial_by_which_the_provider_postpones_a_charge_does_not_prevent_the_billing_stop(sale: Sale, way: str):
    """The provider postpones a charge with a trial, which begins at the end of the paid month."""
    await by_staff(sale)
    sale.shop.clock.advance(PERIOD + DAY)
    start = sale.shop.clock.now() - DAY
    sale.shop.provider.change(
        sale.ref,
        status=ProviderStatus.TRIALING,
        current_period_start=start,
        current_period_end=start + WEEK,
        charge_moved_to=start + WEEK,
    )
    await sale.reverse_with_state(way)
    assert not (await sale.subscription()).renews


@WAYS
async def test_later_period_without_a_charge_does_not_prevent_the_billing_stop(sale: Sale, way: str):
    """The seller paused the collection at the provider and resumed it before the refund is reported."""
    sale.shop.clock.advance(PERIOD + DAY)
    start = sale.shop.clock.now() - DAY
    period = {"current_period_start": start, "current_period_end": start + PERIOD}
    sale.shop.provider.change(sale.ref, status=ProviderStatus.PAUSED, **period)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    sale.shop.clock.advance(DAY)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ACTIVE)
    await sale.reverse_with_state(way)
    assert not (await sale.subscription()).renews
    assert await sale.shop.jobs("core.stop_billing")


async def test_refund_message_during_a_pause_does_not_say_that_access_continues(sale: Sale):
    sale.shop.clock.advance(PERIOD)
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    await sale.skip_month()
    await sale.goes_back("refund", 0)
    message = await sale.message("refund")
    assert ((await sale.subscription()).renews, message.word) == (True, "goes_on_later")


@WAYS
async def test_message_about_a_reversal_after_the_end_says_that_access_had_already_ended(sale: Sale, way: str):
    await sale.shop.cancel(sale.ana.telegram_id, sale.plan.soft_id)
    sale.shop.clock.advance(PERIOD + DAY)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ENDED)
    await sale.shop.check((await sale.subscription()).id)
    assert (await sale.subscription()).status is SubscriptionStatus.EXPIRED
    await sale.goes_back(way)
    assert (await sale.message(way)).word == "over"


@WAYS
async def test_message_about_money_returned_after_removal_by_staff_says_that_access_had_ended(sale: Sale, way: str):
    await Staff(sale.shop)(sale.olga.telegram_id, "remove", (await sale.subscription()).id, reason="insultos")
    sale.shop.clock.advance(DAY)
    await sale.goes_back(way)
    assert (await sale.message(way)).word == "over"


async def test_message_about_a_dispute_lost_during_a_pause_names_the_charge_after_the_pause(sale: Sale):
    """Two months were paid and the third is skipped. The dispute about the first month is lost, and charges resume
    after the pause.
    """
    sale.shop.clock.advance(PERIOD)
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    await sale.skip_month()
    await sale.goes_back("dispute", 0)

    subscription, message = await sale.subscription(), await sale.message("dispute")
    assert subscription.renews
    assert not await sale.shop.jobs("core.stop_billing")
    assert isinstance(message, DisputeLost)
    assert (message.word, message.back) == ("goes_on_pause", subscription.pause_until)


async def test_lost_dispute_about_the_only_paid_month_during_a_pause_ends_the_subscription(sale: Sale):
    await sale.skip_month()
    await sale.goes_back("dispute", 0)
    assert not (await sale.subscription()).renews
    assert await sale.shop.jobs("core.stop_billing")
    assert (await sale.message("dispute")).word == "ended"


async def test_charge_made_after_the_billing_stop_makes_the_subscription_renew_again(sale: Sale):
    """The provider charged before the request to stop billing arrived. The message says that the subscription renews,
    which is correct.
    """
    await by_staff(sale)
    sale.shop.clock.advance(PERIOD + DAY)
    await sale.goes_back("refund")
    assert not (await sale.subscription()).renews
    sale.shop.clock.advance(timedelta(minutes=1))
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price, occurred_at=sale.shop.clock.now()))
    assert (await sale.subscription()).renews


async def test_gift_after_the_refunded_month_does_not_prevent_the_billing_stop(sale: Sale):
    """The gift was paid by another person, so no payment of the customer is left after the refund."""
    await _enter(sale, LedgerKind.TOKEN, "gift:1", sale.shop.clock.now())
    sale.shop.clock.advance(PERIOD + DAY)
    await sale.goes_back("refund")
    assert not (await sale.subscription()).renews
