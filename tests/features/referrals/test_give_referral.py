"""Referral days for the referrer and the new customer, granted after the payment and reversed with the payment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from features.referrals.messages import ReferredMessage
from features.referrals.ports import REFERRALS_KEY
from features.referrals.use_cases.give_referral import GiveReferral
from features.referrals.use_cases.show_referrals import ShowReferrals
from subscriptions.application.access.brought_days import lasting_end_of
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.application.messages.payment_messages import PaymentMessage, RenewedMessage
from subscriptions.application.messages.subscription_messages import AccessMovedMessage
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import LIFETIME, ServicePlan
from subscriptions.domain.entities.subscription import REFUNDED, SubscriptionStatus
from subscriptions.domain.ids import ChannelId, CustomerId, PaymentId, TelegramId, new_uuid
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import POLICY, TRIAL_MARKS, Shop, memory_shop
from tests.support.parts import ONCE, PART, page

WEEK = timedelta(days=7)
M = TypeVar("M", bound=Announcement)


async def _idle(_: Two) -> None:
    """Run no job."""


@dataclass
class Two:
    """Two customers: Ana has a plan, and Berta was referred by Ana's link."""

    shop: Shop
    plan: ServicePlan
    ana: Customer
    berta: Customer

    async def pays(self, who: Customer) -> PaymentId:
        _, session = await self.shop.checkout(who, self.plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        await self.work()
        return (await self.shop.holding(who, self.plan)).payments[0].id

    async def work(self, days: timedelta = WEEK) -> None:
        """Run every referral job queued so far."""
        give = GiveReferral(self.shop.units, GrantAccess(POLICY), self.shop.clock, lambda: days)
        for job in await self.shop.jobs("core.give_referral"):
            await give(
                PaymentId(UUID(str(job["payment_id"]))), is_reversal=bool(job["back"]), reason=str(job["reason"])
            )

    async def message(self, kind: type[M], who: Customer) -> M | None:
        """Build a message about the customer's subscription or its first payment, as it would be sent now."""
        held = await self.shop.holding(who, self.plan)
        subject = held.payments[0].id if issubclass(kind, PaymentMessage) else held.subscription.id
        async with self.shop.units() as uow:
            return await kind.load(Sources(uow, POLICY, self.shop.clock.now()), subject)

    async def until(self, who: Customer) -> datetime:
        end = (await self.shop.holding(who, self.plan)).subscription.access_until
        assert end is not None
        return end

    async def disputed(self, payment_id: PaymentId) -> None:
        """Report a lost dispute about the payment."""
        async with self.shop.units() as uow:
            payment = await uow.payments.get(payment_id)
        assert payment is not None
        about = {"payment_key": "dp-1", "about_payment": payment.payment_key, "order_id": str(payment.order_id)}
        kind = PaymentEventKind.DISPUTE_CLOSED
        await self.shop.deliver(self.shop.provider.create_event(kind, "charge.dispute.closed", reason="lost", **about))
        await self.work()

    async def refunded(self, payment_id: PaymentId, late: timedelta = timedelta()) -> None:
        """Report a full refund.

        late: delay of its webhook.
        """
        async with self.shop.units() as uow:
            payment = await uow.payments.get(payment_id)
        assert payment is not None
        about = {"payment_key": f"re-{payment.id}", "about_payment": payment.payment_key, "amount": payment.amount}
        event = self.shop.provider.create_event(
            PaymentEventKind.REFUND, "refund.created", amount_refunded=payment.amount, **about
        )
        self.shop.clock.advance(late)
        await self.shop.deliver(event)
        await self.work()


@pytest.fixture
async def two() -> Two:
    shop = memory_shop()
    plan, ana = await shop.plan(), await shop.customer()
    berta = await shop.customer(telegram_id=TelegramId(777), referrer_id=ana.id)
    made = Two(shop, plan, ana, berta)
    await made.pays(ana)
    return made


async def test_referrer_and_customer_get_days_once_after_the_first_payment(two: Two) -> None:
    before = await two.until(two.ana)
    assert not await two.shop.jobs("core.give_referral"), "nobody brought Ana"

    await two.pays(two.berta)
    await two.work()

    assert await two.until(two.ana) == before + WEEK
    assert await two.until(two.berta) == two.shop.clock.now() + PERIOD + WEEK
    assert {job["customer_id"] for job in await two.shop.notified("referred")} == {str(two.ana.id), str(two.berta.id)}


async def test_purchase_paid_in_two_parts_grants_referral_days(two: Two) -> None:
    shop, before = two.shop, await two.until(two.ana)
    shop.sells_by_all()
    once = await shop.plan(soft_id="once", **ONCE)
    await shop.deliver(shop.coins.underpaid(await page(shop, two.berta, once), PART))
    await two.work()
    assert await two.until(two.ana) == before
    shop.clock.advance(timedelta(minutes=5))
    bought_at = shop.clock.now()
    await shop.deliver(shop.coins.paid(await page(shop, two.berta, once)))
    await two.work()
    await two.work()

    assert await two.until(two.ana) == before + WEEK
    assert (await shop.holding(two.berta, once)).subscription.access_until == bought_at + timedelta(days=30) + WEEK


async def test_referral_days_are_reversed_with_the_payment(two: Two) -> None:
    before = await two.until(two.ana)
    payment = await two.pays(two.berta)
    two.shop.clock.advance(timedelta(days=2))

    await two.refunded(payment)
    await two.work()

    assert await two.until(two.ana) == before
    async with two.shop.units() as uow:
        assert await uow.of(REFERRALS_KEY).count_of(two.ana.id) == (1, 0)
        lines = await uow.audit.of_subject(str(two.ana.id), 9)
    assert [line.facts["days"] for line in lines if line.reason == "referral"] == ["-7", "7"]


@pytest.mark.parametrize("how", [Two.refunded, Two.disputed])
async def test_referral_days_of_an_erased_customer_are_reversed_with_the_payment(
    two: Two, how: Callable[[Two, PaymentId], Awaitable[None]]
) -> None:
    before = await two.until(two.ana)
    payment = await two.pays(two.berta)
    erase = ErasePerson(two.shop.units, two.shop.clock, GrantAccess(two.shop.policy), TRIAL_MARKS)
    await two.shop.cancel(two.berta.telegram_id, two.plan.soft_id)
    assert (await erase(two.berta.telegram_id, "asked for")).obstacle is None
    async with two.shop.units() as uow:
        stored = await uow.customers.get(two.berta.id, lock=True)
        assert stored is not None
        forgotten = replace(
            stored,
            telegram_id=stored.stand_in,
            referrer_id=None,
            brought_payment_id=None,
        )
        await uow.customers.save(forgotten)
        await uow.commit()
    assert await two.until(two.ana) == before + WEEK
    await how(two, payment)
    await two.work()
    assert await two.until(two.ana) == before


@pytest.mark.parametrize("how", ["refunded", "dispute_lost"])
async def test_subscription_that_ends_with_revoked_referral_days_stores_the_payment_reversal_as_reason(
    two: Two, how: str
) -> None:
    payment = await two.pays(two.berta)
    two.shop.clock.advance(timedelta(days=2))

    await (two.refunded(payment) if how == "refunded" else two.disputed(payment))

    subscription = (await two.shop.holding(two.berta, two.plan)).subscription
    assert (subscription.status, subscription.end_reason) == (SubscriptionStatus.EXPIRED, how)
    assert await two.shop.notified("expired") == []
    assert len(await two.shop.jobs("core.stop_billing"))


async def test_refund_of_the_only_paid_period_ends_the_subscription_during_referral_days(two: Two) -> None:
    """The renewal failed while the referral days ran. Without the payment and the days there is nothing to bill."""
    payment = await two.pays(two.berta)
    subscription = (await two.shop.holding(two.berta, two.plan)).subscription
    two.shop.clock.advance(PERIOD)
    await two.shop.deliver(two.shop.provider.fail_renewal(subscription.provider_ref or ""))

    await two.refunded(payment)

    held = (await two.shop.holding(two.berta, two.plan)).subscription
    assert (held.live, held.end_reason, held.renews) == (False, REFUNDED, False)
    assert [job["subscription_id"] for job in await two.shop.jobs("core.stop_billing")][:1] == [str(held.id)]


async def test_refund_before_the_days_were_granted_queues_a_reversal(two: Two) -> None:
    _, session = await two.shop.checkout(two.berta, two.plan)
    await two.shop.deliver(*two.shop.provider.pay(session))
    before = await two.until(two.ana)
    payment = (await two.shop.holding(two.berta, two.plan)).payments[0].id
    await two.refunded(payment)
    reported = await two.shop.jobs("core.give_referral")
    assert [job["back"] for job in reported] == [False, True], "giving may be under way at that moment"
    assert await two.until(two.ana) == before


@pytest.mark.parametrize("how", [Two.refunded, Two.disputed])
async def test_no_message_promises_referral_days_for_a_reversed_payment(
    two: Two, how: Callable[[Two, PaymentId], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages sent between the refund and the job that revokes the days already leave out the days."""
    before = await two.until(two.ana)
    payment = await two.pays(two.berta)
    assert await two.message(ReferredMessage, two.ana) is not None

    with monkeypatch.context() as patch:
        patch.setattr(Two, "work", _idle)
        await how(two, payment)

    assert await two.until(two.ana) == before + WEEK, "the job has not run yet"
    assert await two.message(ReferredMessage, two.ana) is None
    moved, renewed = await two.message(AccessMovedMessage, two.ana), await two.message(RenewedMessage, two.ana)
    assert moved is not None
    assert renewed is not None
    assert (moved.until, renewed.until) == (before, before)
    access = Access.request(two.ana.id, ChannelId(new_uuid()), two.shop.clock.now())
    access.ends_at = before + WEEK
    async with two.shop.units() as uow:
        assert await lasting_end_of(uow, access, two.shop.clock.now()) == before


async def test_referral_of_zero_days_grants_no_days(two: Two) -> None:
    before = await two.until(two.ana)
    _, session = await two.shop.checkout(two.berta, two.plan)
    await two.shop.deliver(*two.shop.provider.pay(session))
    await two.work(timedelta())
    assert await two.until(two.ana) == before
    assert await ShowReferrals(two.shop.units, timedelta)(two.ana.telegram_id) is None


async def for_life(shop: Shop, who: Customer) -> tuple[ServicePlan, datetime]:
    """Sell the customer a lifetime plan."""
    plan = await shop.plan(recurring=False, interval=None, duration_days=LIFETIME)
    _, session = await shop.checkout(who, plan)
    await shop.deliver(shop.provider.pay_once(session))
    end = (await shop.holding(who, plan)).subscription.access_until
    assert end is not None
    return plan, end


async def test_referrer_with_a_lifetime_plan_gets_the_days_on_the_other_plan(two: Two) -> None:
    before = await two.until(two.ana)
    plan, end = await for_life(two.shop, two.ana)
    await two.pays(two.berta)
    assert await two.until(two.ana) == before + WEEK
    assert (await two.shop.holding(two.ana, plan)).subscription.access_until == end


async def test_paused_customer_gets_no_referral_days(two: Two) -> None:
    subscription = (await two.shop.holding(two.ana, two.plan)).subscription
    assert subscription.provider_ref is not None
    two.shop.provider.change(subscription.provider_ref, status=ProviderStatus.PAUSED)
    await two.shop.deliver(two.shop.provider.updated(subscription.provider_ref))
    before = await two.until(two.ana)
    await two.pays(two.berta)
    assert await two.until(two.ana) == before
    assert {job["customer_id"] for job in await two.shop.notified("referred")} == {str(two.berta.id)}


async def test_referrer_with_only_lifetime_plans_gets_no_days_and_is_informed() -> None:
    shop = memory_shop()
    monthly, ana = await shop.plan(), await shop.customer()
    berta = await shop.customer(referrer_id=ana.id)
    two = Two(shop, monthly, ana, berta)
    plan, end = await for_life(shop, ana)
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "retador_bot")
        await uow.commit()
    await two.pays(berta)
    assert (await shop.holding(ana, plan)).subscription.access_until == end
    assert {job["customer_id"] for job in await shop.notified("referred")} == {str(berta.id)}
    for who, gains in ((ana, False), (berta, True), (await shop.customer(), True)):
        shown = await ShowReferrals(shop.units, lambda: WEEK)(who.telegram_id)
        assert shown is not None
        assert shown.gains is gains


async def test_only_new_customers_count_as_referred() -> None:
    shop = memory_shop()
    ana = await shop.customer()
    meet = MeetCustomer(shop.units, shop.clock)

    async def met(number: int, referrer: CustomerId) -> Customer:
        person = Person(telegram_id=TelegramId(number), first_name="B", username=None, language_code="es")
        return await meet(person, source="referral", referrer=referrer)

    assert (await met(901, ana.id)).referrer_id == ana.id
    assert (await met(902, CustomerId(new_uuid()))).referrer_id is None
    assert (await met(int(ana.telegram_id), ana.id)).referrer_id is None, "nobody brings themselves"
    old = await shop.customer(telegram_id=TelegramId(903))
    assert (await met(int(old.telegram_id), ana.id)).referrer_id is None
    assert await ShowReferrals(shop.units, lambda: WEEK)(ana.telegram_id) is None, "the bot has no name yet"
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "retador_bot")
        await uow.commit()
    barred = await shop.customer(telegram_id=TelegramId(904), barred_at=shop.clock.now())
    assert await ShowReferrals(shop.units, lambda: WEEK)(barred.telegram_id) is None
    shown = await ShowReferrals(shop.units, lambda: WEEK)(ana.telegram_id)
    assert shown is not None
    assert (shown.link, shown.came, shown.paying_count) == (f"https://t.me/retador_bot?start=ref_{ana.id.hex}", 1, 0)


@pytest.mark.parametrize("came_by_link", [True, False])
async def test_erased_customer_who_returns_through_a_link_has_no_referrer(two: Two, came_by_link: bool) -> None:
    shop = two.shop
    gone = two.berta if came_by_link else await shop.customer(telegram_id=TelegramId(778))
    await two.pays(gone)
    await shop.cancel(gone.telegram_id, two.plan.soft_id)
    erase = ErasePerson(shop.units, shop.clock, GrantAccess(shop.policy), TRIAL_MARKS)
    assert (await erase(gone.telegram_id, "asked for")).obstacle is None
    async with shop.units() as uow:
        stored = await uow.customers.get(gone.id, lock=True)
        assert stored is not None
        await uow.customers.save(replace(stored, telegram_id=stored.stand_in))
        await uow.commit()

    meet = MeetCustomer(shop.units, shop.clock, TRIAL_MARKS)
    person = Person(telegram_id=gone.telegram_id, first_name="B", username=None, language_code="es")
    again = await meet(person, source="referral", referrer=two.ana.id)

    assert (again.id != gone.id, again.source, again.referrer_id) == (True, "referral", None)
    new = replace(person, telegram_id=TelegramId(999))
    assert (await meet(new, referrer=two.ana.id)).referrer_id == two.ana.id


async def test_repeated_payments_and_refunds_extend_the_referrers_access_only_once(two: Two) -> None:
    """Berta pays, Ana's referral days start, Berta is refunded, and Berta pays again."""
    first_end = await two.until(two.ana)
    two.shop.clock.advance(first_end - two.shop.clock.now() - timedelta(days=1))
    for _ in range(3):
        payment_id = await two.pays(two.berta)
        two.shop.clock.advance(timedelta(days=3))
        await two.refunded(payment_id)
        two.shop.clock.advance(timedelta(minutes=1))
    assert await two.until(two.ana) <= first_end + WEEK


async def test_late_refund_event_reverses_referral_days_unused_at_the_refund_time(two: Two) -> None:
    payment = await two.pays(two.berta)
    two.shop.clock.advance(timedelta(days=2))
    await two.refunded(payment, late=timedelta(hours=6))
    async with two.shop.units() as uow:
        berta = await uow.customers.get(two.berta.id)
    assert berta is not None
    assert berta.brought_payment_id is None
