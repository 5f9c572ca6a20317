"""Check that suspended customers are not charged and get their paid time back, for every kind of suspension."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.dispute_messages import DisputeWon
from subscriptions.application.messages.payment_messages import RefundedMessage, RenewedMessage
from subscriptions.application.messages.subscription_messages import ResumedMessage
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, PaymentEvent, PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

DAY = timedelta(days=1)
REF = "sub-1"
OPENED, CLOSED = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED
Cause = Literal["dispute", "staff"]


@dataclass(frozen=True)
class Sale:
    """Customer who is a member of their channel and paid for thirty days ten days ago."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    olga: Customer
    payment_key: str
    end: datetime

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def access(self) -> AccessStatus:
        return (await self.shop.holding(self.ana, self.plan)).accesses[0].status

    async def until(self) -> datetime | None:
        return (await self.subscription()).access_until

    async def shut_out(self, cause: Cause) -> None:
        if cause == "dispute":
            await self._dispute(OPENED)
        else:
            await self.act("suspend", "revisión")
        assert await self.access() is AccessStatus.SUSPENDED
        await self.shop.sync_billing()

    async def let_in(self, cause: Cause) -> None:
        if cause == "dispute":
            await self._dispute(CLOSED, reason="won")
        else:
            await self.act("restore", "aclarado")

    async def remove(self) -> None:
        await self.act("remove", "cuenta robada")

    async def lose(self) -> None:
        await self._dispute(CLOSED, reason="lost")

    async def renewed(self) -> PaymentEvent:
        renewal = self.shop.provider.renew(REF, self.plan.price)
        await self.shop.deliver(renewal)
        return renewal

    async def act(self, name: str, reason: str, **more: int) -> None:
        """Run a staff command on the subscription."""
        subscription = await self.subscription()
        await Staff(self.shop)(self.olga.telegram_id, name, subscription.id, reason=reason, **more)

    async def _dispute(self, kind: PaymentEventKind, **more: str) -> None:
        about = {"payment_key": "dp-1", "about_payment": self.payment_key, **more}
        await self.shop.deliver(self.shop.provider.create_event(kind, "money.back", **about))


@pytest.fixture
async def sale(shop: Shop) -> Sale:
    """Return a customer who paid for thirty days ten days ago."""
    ana, plan, olga = await shop.customer(), await shop.plan(), await shop.customer(staff_role=StaffRole.OWNER)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    end = held.subscription.access_until
    assert end is not None
    shop.clock.advance(10 * DAY)
    return Sale(shop, ana, plan, olga, held.payment.payment_key, end)


CAUSES = pytest.mark.parametrize("cause", ["dispute", "staff"])


@CAUSES
async def test_suspended_customer_is_not_charged_and_keeps_the_paid_days_after_readmission(sale: Sale, cause: Cause):
    """The suspension lasts from day 10 to day 50. The paid time then lasts until day 70, longer than the provider's
    uncharged period, which ends on day 60.
    """
    shop = sale.shop
    await sale.shut_out(cause)
    assert shop.provider.held == {REF}
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    await shop.run_due()
    for job in await shop.jobs("core.check_subscription"):
        await shop.check(UUID(str(job["subscription_id"])))
    shop.clock.advance(20 * DAY)
    await sale.let_in(cause)
    assert await sale.until() == sale.end + 40 * DAY
    await shop.sync_billing()
    assert shop.provider.held == set()
    assert (await sale.access(), (await sale.subscription()).status) == (
        AccessStatus.PENDING,
        SubscriptionStatus.ACTIVE,
    )
    # The current period at the provider ends on day 60, which is earlier.
    assert await sale.until() == sale.end + 40 * DAY
    assert await shop.alarms() == (["dispute_open"] if cause == "dispute" else [])


@CAUSES
async def test_customer_readmitted_in_an_uncharged_period_has_access_until_the_next_charge(sale: Sale, cause: Cause):
    """The suspension lasts from day 10 to day 35. The remaining paid time then lasts until day 55, and the uncharged
    period until day 60.
    """
    shop = sale.shop
    await sale.shut_out(cause)
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    await sale.let_in(cause)
    assert await sale.until() == sale.end + 25 * DAY
    await shop.sync_billing()
    await shop.sync_billing()
    assert await sale.until() == sale.end + PERIOD
    (access,) = (await shop.holding(sale.ana, sale.plan)).accesses
    assert access.ends_at == sale.end + PERIOD, "a customer who leaves and returns in these days is admitted"
    shop.clock.advance(25 * DAY)
    renewal = await sale.renewed()
    assert await sale.until() == renewal.period_end == sale.end + 2 * PERIOD


@CAUSES
async def test_suspension_within_a_paid_period_restores_only_the_suspended_days(sale: Sale, cause: Cause):
    await sale.shut_out(cause)
    sale.shop.clock.advance(5 * DAY)
    await sale.let_in(cause)
    await sale.shop.sync_billing()
    assert await sale.until() == sale.end + 5 * DAY
    assert (await sale.subscription()).withheld_since is None


@CAUSES
async def test_period_charged_during_a_suspension_is_announced_and_added_after_readmission(sale: Sale, cause: Cause):
    """The provider cannot pause billing, or the charge was already in progress."""
    shop = sale.shop
    await sale.shut_out(cause)
    shop.clock.advance(20 * DAY)
    await sale.renewed()
    (notified,) = await shop.notified("renewed")
    async with shop.units() as uow:
        message = await RenewedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(notified["subject"]))
    assert message is not None
    assert message.word == "withheld"
    shop.clock.advance(50 * DAY)
    assert (await sale.subscription()).live
    await sale.let_in(cause)
    await shop.sync_billing()
    assert await sale.until() == shop.clock.now() + 20 * DAY + PERIOD


async def test_unreported_charge_is_applied_before_suspended_time_is_restored(sale: Sale):
    shop = sale.shop
    await sale.shut_out("staff")
    shop.clock.advance(20 * DAY)
    renewal = shop.provider.renew(REF, sale.plan.price)
    shop.clock.advance(5 * DAY)
    await sale.let_in("staff")
    with pytest.raises(RetryLater):
        await shop.sync_billing()
    await shop.deliver(renewal)
    await shop.sync_billing()
    assert await sale.until() == shop.clock.now() + 20 * DAY + PERIOD


async def test_repeated_suspension_keeps_billing_paused_and_days_are_restored_once(sale: Sale):
    shop = sale.shop
    await sale.shut_out("dispute")
    shop.clock.advance(2 * DAY)
    await sale.shut_out("staff")
    shop.clock.advance(2 * DAY)
    await sale.let_in("dispute")
    await shop.sync_billing()
    assert (shop.provider.held, await sale.until()) == ({REF}, sale.end)
    shop.clock.advance(2 * DAY)
    await sale.let_in("staff")
    await shop.sync_billing()
    assert (shop.provider.held, await sale.until()) == (set(), sale.end + 6 * DAY)


async def test_pause_of_billing_is_retried_while_the_provider_is_unavailable(sale: Sale):
    sale.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(GatewayUnavailable):
        await sale.shut_out("staff")
    await sale.shop.sync_billing()
    assert sale.shop.provider.held == {REF}


async def test_date_and_amount_of_the_next_charge_are_stored_when_billing_resumes(sale: Sale):
    """A notice sent at that time gives the amount to be charged, here reduced by a coupon."""
    sale.shop.provider.change(REF, price=sale.plan.price)
    sale.shop.provider.charges[REF] = Money(999, sale.plan.price.currency)
    await sale.shut_out("staff")
    await sale.let_in("staff")
    await sale.shop.sync_billing()
    upcoming = (await sale.subscription()).upcoming
    assert upcoming is not None
    assert (upcoming.at, upcoming.amount) == (sale.end, Money(999, sale.plan.price.currency))


async def test_billing_is_resumed_by_the_same_job_for_a_customer_readmitted_meanwhile(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
):
    provider = sale.shop.provider
    pause = provider.pause_billing

    async def pause_slowly(ref: str) -> bool:
        is_done = await pause(ref)
        await sale.let_in("staff")
        return is_done

    monkeypatch.setattr(provider, "pause_billing", pause_slowly)
    await sale.act("suspend", "revisión")
    await sale.shop.pause_billing((await sale.subscription()).id)
    assert provider.held == set()


async def test_late_job_does_not_pause_billing_of_a_readmitted_customer(sale: Sale):
    await sale.act("suspend", "revisión")
    await sale.let_in("staff")
    await sale.shop.sync_billing()
    assert sale.shop.provider.held == set()


async def test_billing_is_paused_once_a_cancellation_is_undone(sale: Sale):
    shop = sale.shop
    await shop.cancel(sale.ana.telegram_id)
    await sale.shut_out("staff")
    assert shop.provider.held == set()
    await shop.undo(sale.ana.telegram_id)
    await shop.sync_billing()
    assert shop.provider.held == {REF}


async def test_billing_that_was_not_resumed_is_found_and_resumed(sale: Sale):
    """The situation occurs after a restore of a backup from before the suspension."""
    shop = sale.shop
    await shop.provider.pause_billing(REF)
    await shop.poll_subscription((await sale.subscription()).id)
    await shop.sync_billing()
    assert shop.provider.held == set()


@pytest.mark.parametrize("end", ["lose", "remove"])
async def test_billing_of_an_ended_subscription_is_stopped_instead_of_resumed(sale: Sale, end: str):
    shop = sale.shop
    await sale.shut_out("dispute")
    await getattr(sale, end)()
    await shop.sync_billing()
    assert (await sale.subscription()).status is SubscriptionStatus.EXPIRED
    assert len(await shop.jobs("core.stop_billing")) == 1
    assert shop.provider.held == {REF}


async def test_lost_dispute_ends_a_subscription_without_a_later_charge(sale: Sale):
    """When the dispute is lost, the provider is in a later, unpaid period."""
    shop = sale.shop
    await sale.shut_out("dispute")
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    await sale.lose()
    assert (await sale.subscription()).status is SubscriptionStatus.EXPIRED
    assert len(await shop.jobs("core.stop_billing")) == 1


async def test_only_granted_days_remain_after_a_dispute_lost_in_an_uncharged_period(sale: Sale) -> None:
    """The dispute opens on day 10 and is lost on day 35. The current period was never charged, so only the 20 granted
    days remain, and billing stops.
    """
    shop = sale.shop
    await sale.act("extend", "perdón", days=20)
    await sale.shut_out("dispute")
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    await sale.lose()
    await shop.sync_billing()
    assert await sale.until() == shop.clock.now() + 20 * DAY
    assert shop.provider.held == {REF}
    assert len(await shop.jobs("core.stop_billing")) == 1


async def test_readmission_after_a_refund_during_the_suspension_restores_only_granted_days(sale: Sale) -> None:
    shop = sale.shop
    await sale.act("extend", "perdón", days=20)
    await sale.shut_out("staff")
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    refund = {"payment_key": "re-1", "about_payment": sale.payment_key, "amount_refunded": sale.plan.price}
    await shop.deliver(
        shop.provider.create_event(PaymentEventKind.REFUND, "money.back", amount=sale.plan.price, **refund)
    )
    await sale.let_in("staff")
    await shop.sync_billing()
    assert await sale.until() == shop.clock.now() + 20 * DAY
    assert shop.provider.held == {REF}


async def test_suspension_preserves_the_remaining_days_of_a_one_time_plan(sale: Sale):
    """Time of a one-time plan and granted time are suspended as well."""
    shop = sale.shop
    plan = await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(sale.ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    once = Sale(shop, sale.ana, plan, sale.olga, "", shop.clock.now() + PERIOD)
    shop.clock.advance(20 * DAY)
    await once.shut_out("staff")
    shop.clock.advance(60 * DAY)
    assert not (await shop.run_due()).subscriptions or (await once.subscription()).live
    await shop.check((await once.subscription()).id)
    assert (await once.subscription()).status is SubscriptionStatus.PAUSED
    await once.let_in("staff")
    assert await once.until() == shop.clock.now() + 10 * DAY


async def _refused_and_out(sale: Sale, cause: Cause, days: int) -> Subscription:
    """Suspend the customer on day 31 for the given number of days, after a charge was refused on day 30, and return the
    subscription.

    Like PayPal, the provider retries the charge only with its next cycle, on day 60.
    """
    shop = sale.shop
    shop.clock.advance(20 * DAY)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(DAY)
    await sale.shut_out(cause)
    shop.clock.advance(days * DAY)
    await sale.let_in(cause)
    await shop.sync_billing()
    await shop.check((await sale.subscription()).id)
    back = await sale.subscription()
    assert (back.status, back.access_until) == (SubscriptionStatus.PAST_DUE, shop.clock.now())
    return back


@CAUSES
async def test_charge_refused_before_the_suspension_does_not_end_the_grace_period(sale: Sale, cause: Cause):
    """The customer is readmitted on day 51. No time without access is charged."""
    shop = sale.shop
    back = await _refused_and_out(sale, cause, 20)
    for days, live in ((4, True), (1, False)):
        shop.clock.advance(days * DAY)
        await shop.run_due()
        await shop.check(back.id)
        assert (await sale.subscription()).live is live
    assert shop.provider.canceled_at_once == [REF]
    assert (await shop.holding(sale.ana, sale.plan)).payment.payment_key == sale.payment_key


@CAUSES
@pytest.mark.parametrize("meanwhile", [False, True])
async def test_readmitted_customer_keeps_the_grace_period_after_the_provider_stops_retrying(
    sale: Sale, cause: Cause, *, meanwhile: bool
):
    """The charge was refused on day 30; the suspension lasts from day 33 to day 35.

    meanwhile: True if the provider stops retrying during the suspension and not before.
    """
    shop = sale.shop
    shop.clock.advance(20 * DAY)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(3 * DAY)
    for out in (False, True):
        if out is meanwhile:
            shop.provider.end(REF)
            await shop.poll_subscription((await sale.subscription()).id)
        if not out:
            await sale.shut_out(cause)
    shop.clock.advance(2 * DAY)
    await sale.let_in(cause)
    await shop.sync_billing()
    await shop.poll_subscription((await sale.subscription()).id)
    back = await sale.subscription()
    assert (back.status, await sale.access()) == (SubscriptionStatus.PAST_DUE, AccessStatus.PENDING)
    assert not await shop.notified("canceled")
    (notified,) = await shop.notified("resumed" if cause == "staff" else "dispute_won")
    message_class = ResumedMessage if cause == "staff" else DisputeWon
    async with shop.units() as uow:
        message = await message_class.load(Sources(uow, shop.policy, shop.clock.now()), UUID(notified["subject"]))
    assert message is not None
    assert message.until == shop.clock.now() + shop.policy.grace
    shop.clock.advance(shop.policy.grace - DAY)
    await shop.check(back.id)
    assert (await sale.subscription()).live
    shop.clock.advance(DAY)
    await shop.check(back.id)
    assert not (await sale.subscription()).live


@pytest.mark.parametrize(("inside", "left"), [(10, 20), (30, 10)])
async def test_refund_message_during_a_suspension_says_that_granted_days_are_kept(sale: Sale, inside: int, left: int):
    """The customer paid until day 30 and was granted twenty more days. The suspension begins before or at the end of
    the paid time. After the refund no paid time is left in both cases, and billing stops.

    inside: day on which the suspension begins.
    left: days of access left afterwards.
    """
    shop = sale.shop
    await sale.act("extend", "perdón", days=20)
    shop.clock.advance(inside * DAY)
    await sale.shut_out("staff")
    shop.clock.advance(30 * DAY)
    back = {"payment_key": "re-1", "about_payment": sale.payment_key, "amount": sale.plan.price}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "money.back", **back))
    (notified,) = await shop.notified("refunded")
    async with shop.units() as uow:
        message = await RefundedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(notified["subject"]))
    assert message is not None
    assert message.word == "withheld"
    assert await shop.jobs("core.stop_billing")
    await sale.let_in("staff")
    assert await sale.until() == shop.clock.now() + left * DAY


@CAUSES
async def test_charge_that_includes_an_earlier_refused_charge_is_recorded_as_an_overpayment(sale: Sale, cause: Cause):
    """The customer is readmitted on day 57, so the next cycle falls within the grace period and charges both periods at
    once.
    """
    shop, price = sale.shop, sale.plan.price
    await _refused_and_out(sale, cause, 26)
    shop.clock.advance(3 * DAY)
    await shop.deliver(shop.provider.renew(REF, price + price, regular=price, reason=OVERPAID))
    held = await shop.holding(sale.ana, sale.plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.ACTIVE,
        sale.end + 2 * PERIOD,
    )
    assert [each.excess for each in held.payments if each.payment_key != sale.payment_key] == [price]
    assert "overpaid" in await shop.alarms()
