"""Effects of each kind of reversal: refunds, disputes and pauses."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import RefundedMessage
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind, ProviderStatus
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.shop import Holding, Shop

DAY = timedelta(days=1)
REFUND, OPENED, CLOSED = PaymentEventKind.REFUND, PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED


@dataclass(frozen=True)
class Sale:
    """Customer who is a member of their channel and paid for thirty days ten days ago."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    payment: Payment
    ref: str

    async def held(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    async def reverse(self, kind: PaymentEventKind, key: str, **facts: object) -> str:
        reported = self.create_event(kind, key, **facts)
        (entry,) = await self.shop.deliver(reported)
        assert entry.status is InboxStatus.APPLIED
        assert entry.note is not None
        return entry.note

    def create_event(self, kind: PaymentEventKind, key: str, **facts: object) -> PaymentEvent:
        about = self.payment.payment_key
        return self.shop.provider.create_event(kind, "money.back", payment_key=key, about_payment=about, **facts)


@pytest.fixture
async def sale(shop: Shop) -> Sale:
    """Return a customer who paid for thirty days ten days ago."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    async with shop.units() as uow:
        access = held.accesses[0]
        access.join(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    shop.clock.advance(10 * DAY)
    assert held.subscription.provider_ref is not None
    return Sale(shop, ana, plan, held.payment, held.subscription.provider_ref)


async def test_full_refund_ends_access_and_billing(sale: Sale):
    assert await sale.reverse(REFUND, "re-1", amount_refunded=sale.payment.amount) == "refunded in full"
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    assert held.subscription.end_reason == "refunded"
    assert held.subscription.access_until == sale.shop.clock.now()
    assert held.accesses[0].status is AccessStatus.REVOKING
    assert held.payment.status is PaymentStatus.REFUNDED
    assert len(await sale.shop.notified("refunded")) == 1
    assert not await sale.shop.notified("expired")
    assert len(await sale.shop.jobs("core.stop_billing")) == 1


async def test_partial_refund_does_not_end_access(sale: Sale):
    part = Money(sale.payment.amount.minor // 3, sale.payment.amount.currency)
    assert await sale.reverse(REFUND, "re-1", amount_refunded=part) == "refunded in part"
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.accesses[0].status is AccessStatus.ACTIVE
    assert len(await sale.shop.notified("refunded")) == 1


async def test_partial_refunds_that_add_up_are_a_full_refund(sale: Sale):
    third = Money(sale.payment.amount.minor // 3, sale.payment.amount.currency)
    rest = sale.payment.amount - third - third
    notes = [await sale.reverse(REFUND, f"re-{n}", amount_refunded=m) for n, m in enumerate((third, third, rest))]
    assert notes == ["refunded in part", "refunded in part", "refunded in full"]
    assert (await sale.held()).subscription.status is SubscriptionStatus.EXPIRED


async def test_refund_reported_twice_is_applied_once(sale: Sale):
    half = Money(sale.payment.amount.minor // 2 + 1, sale.payment.amount.currency)
    await sale.reverse(REFUND, "re-1", amount_refunded=half)
    await sale.reverse(REFUND, "re-1", amount_refunded=half)
    assert (await sale.held()).subscription.status is SubscriptionStatus.ACTIVE
    assert len(await sale.shop.notified("refunded")) == 1


async def test_refund_that_fails_later_raises_an_alarm(sale: Sale):
    await sale.reverse(REFUND, "re-1", amount_refunded=sale.payment.amount)
    await sale.reverse(REFUND, "re-1", amount_refunded=sale.payment.amount, reason="reversed")
    assert "refund_reversed" in await sale.shop.alarms()


async def test_refund_of_one_period_does_not_end_another_period(sale: Sale):
    sale.shop.clock.advance(20 * DAY)
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.payment.amount))
    await sale.reverse(REFUND, "re-1", amount_refunded=sale.payment.amount)
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.accesses[0].status is AccessStatus.ACTIVE


BACK = {
    "refunded": [(REFUND, "re-1", {})],
    "disputed and lost": [(OPENED, "dp-1", {}), (CLOSED, "dp-1", {"reason": "lost"})],
}


@pytest.mark.parametrize("renewal_reported", ["before", "after"])
@pytest.mark.parametrize("named", [True, False], ids=["names the subscription", "names only the payment"])
@pytest.mark.parametrize("back", BACK.values(), ids=BACK.keys())
async def test_reversal_of_an_ended_period_does_not_end_the_current_period(
    sale: Sale, back: list[tuple[PaymentEventKind, str, dict[str, object]]], named: bool, renewal_reported: str
):
    """The result is the same whether the payment of the current period is reported before or after the reversal."""
    sale.shop.clock.advance(20 * DAY)
    renewed = sale.shop.provider.renew(sale.ref, sale.payment.amount)
    if renewal_reported == "before":
        await sale.shop.deliver(renewed)
    sale.shop.clock.advance(2 * DAY)
    about: dict[str, object] = {"subscription_ref": sale.ref} if named else {}
    for kind, key, facts in back:
        await sale.reverse(kind, key, **facts, **about)
    if renewal_reported == "after":
        assert (await sale.held()).subscription.live
        await sale.shop.check((await sale.held()).subscription.id)
        await sale.shop.deliver(renewed)
    held = await sale.held()
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, renewed.period_end)
    assert held.accesses[0].status in {AccessStatus.ACTIVE, AccessStatus.PENDING}
    assert not await sale.shop.jobs("core.stop_billing")
    # Neither the opening nor the closing of a dispute about an ended period affects access, so no message is sent.
    assert not await sale.shop.notified("dispute_opened")
    assert not await sale.shop.notified("dispute_won")


async def test_refund_of_one_payment_does_not_close_a_dispute_about_another_payment(sale: Sale):
    sale.shop.clock.advance(20 * DAY)
    renewed = sale.shop.provider.renew(sale.ref, sale.payment.amount)
    await sale.shop.deliver(renewed)
    about = {"payment_key": "dp-2", "about_payment": renewed.payment_key}
    await sale.shop.deliver(sale.shop.provider.create_event(OPENED, "money.back", **about))
    await sale.reverse(REFUND, "re-1")
    held = await sale.held()
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.PAUSED, AccessStatus.SUSPENDED)


async def test_refund_during_the_grace_period_of_a_recovered_charge_does_not_end_access(sale: Sale):
    sale.shop.clock.advance(20 * DAY)
    await sale.shop.deliver(sale.shop.provider.fail_renewal(sale.ref))
    sale.shop.clock.advance(DAY)
    recovered = sale.shop.provider.recover(sale.ref, sale.payment.amount)
    await sale.reverse(REFUND, "re-1")
    assert (await sale.held()).subscription.status is SubscriptionStatus.ACTIVE
    await sale.shop.deliver(recovered)
    assert (await sale.held()).subscription.access_until == recovered.period_end


@pytest.mark.parametrize("status", [ProviderStatus.ENDED, ProviderStatus.PAUSED], ids=str)
async def test_refund_of_the_last_payment_without_a_current_period_ends_access(sale: Sale, status: ProviderStatus):
    sale.shop.clock.advance(20 * DAY)
    sale.shop.provider.renew(sale.ref, sale.payment.amount)
    sale.shop.provider.change(sale.ref, status=status)
    await sale.reverse(REFUND, "re-1")
    assert (await sale.held()).subscription.status is SubscriptionStatus.EXPIRED
    assert await sale.shop.jobs("core.stop_billing")


async def test_won_dispute_does_not_close_another_dispute(sale: Sale):
    sale.shop.clock.advance(20 * DAY)
    renewed = sale.shop.provider.renew(sale.ref, sale.payment.amount)
    await sale.shop.deliver(renewed)
    about = {"payment_key": "dp-2", "about_payment": renewed.payment_key}
    await sale.shop.deliver(sale.shop.provider.create_event(OPENED, "money.back", **about))
    await sale.reverse(OPENED, "dp-1")
    sale.shop.clock.advance(DAY)
    await sale.reverse(CLOSED, "dp-1", reason="won")
    held = await sale.held()
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.PAUSED, AccessStatus.SUSPENDED)
    await sale.shop.deliver(sale.shop.provider.create_event(CLOSED, "money.back", reason="won", **about))
    held = await sale.held()
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.ACTIVE, AccessStatus.PENDING)


async def test_dispute_suspends_access_at_once(sale: Sale):
    await sale.reverse(OPENED, "dp-1")
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.PAUSED
    assert held.accesses[0].status is AccessStatus.SUSPENDED
    assert len(await sale.shop.notified("dispute_opened")) == 1
    assert await sale.shop.jobs("bot.remove_person")
    assert "dispute_open" in await sale.shop.alarms()


async def test_active_status_at_the_provider_does_not_end_a_dispute(sale: Sale):
    await sale.reverse(OPENED, "dp-1")
    sale.shop.clock.advance(DAY)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    assert (await sale.held()).subscription.status is SubscriptionStatus.PAUSED


async def test_won_dispute_restores_the_days_of_the_suspension(sale: Sale):
    end = (await sale.held()).subscription.access_until
    assert end is not None
    await sale.reverse(OPENED, "dp-1")
    sale.shop.clock.advance(8 * DAY)
    await sale.reverse(CLOSED, "dp-1", reason="won")
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == end + 8 * DAY
    assert held.accesses[0].status is AccessStatus.PENDING
    assert len(await sale.shop.notified("dispute_won")) == 1


async def test_lost_dispute_ends_access(sale: Sale):
    await sale.reverse(OPENED, "dp-1")
    sale.shop.clock.advance(8 * DAY)
    await sale.reverse(CLOSED, "dp-1", reason="lost")
    held = await sale.held()
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    assert held.subscription.end_reason == "dispute_lost"
    assert held.accesses[0].status is AccessStatus.REVOKING
    assert len(await sale.shop.notified("dispute_lost")) == 1
    assert len(await sale.shop.jobs("core.stop_billing")) == 1


async def test_inquiry_alerts_the_owners_and_does_not_suspend_access(sale: Sale):
    await sale.reverse(OPENED, "dp-1", reason="inquiry")
    assert (await sale.held()).subscription.status is SubscriptionStatus.ACTIVE
    assert "dispute_inquiry" in await sale.shop.alarms()


async def test_dispute_reported_as_closed_before_its_opening_remains_closed(sale: Sale):
    await sale.reverse(CLOSED, "dp-1", reason="won")
    assert await sale.reverse(OPENED, "dp-1") == "dispute is won already"
    assert (await sale.held()).subscription.status is SubscriptionStatus.ACTIVE


async def test_pause_by_the_provider_suspends_access_and_its_end_readmits_the_customer(sale: Sale):
    sale.shop.provider.change(sale.ref, status=ProviderStatus.PAUSED)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    held = await sale.held()
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.PAUSED, AccessStatus.SUSPENDED)
    assert len(await sale.shop.notified("paused")) == 1
    sale.shop.clock.advance(DAY)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ACTIVE)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    held = await sale.held()
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.ACTIVE, AccessStatus.PENDING)
    assert len(await sale.shop.notified("resumed")) == 1


@pytest.mark.parametrize("kind", [REFUND, OPENED, CLOSED], ids=str)
async def test_reversal_before_its_payment_is_retried(shop: Shop, kind: PaymentEventKind):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    reported = shop.provider.create_event(
        kind, "money.back", payment_key="re-1", about_payment=paid.payment_key, order_id=paid.order_id
    )
    inbox_id = await shop.store(reported)
    with pytest.raises(Exception, match="not counted yet"):
        await shop.apply(inbox_id)
    await shop.deliver(paid)
    await shop.apply(inbox_id)
    assert (await shop.inbox(inbox_id)).status is InboxStatus.APPLIED


@pytest.mark.parametrize("part", [False, True])
async def test_refund_message_states_the_amount_and_the_remaining_access(sale: Sale, part: bool):
    amount = Money(1000, "EUR") if part else sale.payment.amount
    await sale.reverse(REFUND, "re-1", amount_refunded=amount)
    [job] = await sale.shop.notified("refunded")
    async with sale.shop.units() as uow:
        notified = await RefundedMessage.load(
            Sources(uow, sale.shop.policy, sale.shop.clock.now()), UUID(job["subject"])
        )
    until = (await sale.held()).subscription.access_until
    assert notified is not None
    assert (notified.soft_id, notified.amount, notified.paid) == (sale.plan.soft_id, amount, sale.payment.amount)
    assert (notified.until, notified.live, notified.full) == (until, part, not part)
    assert (notified.reference, notified.goes_on, notified.difference) == (sale.payment.reference, False, False)
