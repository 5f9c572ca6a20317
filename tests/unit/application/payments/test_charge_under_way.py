"""Refunds, suspensions and granted days while the bank decides about the charge of the next period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import RefundedMessage
from subscriptions.application.messages.subscription_messages import ResumedMessage
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind, ProviderStatus
from subscriptions.domain.services import access_policy
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

DAY, HOUR, REF = timedelta(days=1), timedelta(hours=1), "sub-1"


@dataclass
class UnderWay:
    """Customer whose second period has begun. `paid`: event of its charge, about which the bank has not decided.
    `says`: True if the provider reports the open charge.
    """

    shop: Shop
    ana: Customer
    plan: ServicePlan
    paid: PaymentEvent
    says: bool

    async def subscription(self) -> Subscription:
        held = await self.shop.holding(self.ana, self.plan)
        (subscription,) = held.subscriptions
        return subscription

    async def lets_in(self) -> bool:
        return access_policy.lets_in(await self.subscription(), self.shop.policy.grace, self.shop.clock.now())

    async def preview(self) -> str:
        payment = (await self.shop.holding(self.ana, self.plan)).payment
        asked = {"reason": "lo pidió", "amount": ""}
        return (await Staff(self.shop).run.preview(SHELL, "refund", str(payment.id), asked)).name

    async def refund(self) -> None:
        """Report a full refund of the first month."""
        await self.shop.deliver(self._about_first(PaymentEventKind.REFUND, "re-1"))

    async def lose_dispute(self) -> None:
        """Report that a dispute about the first month was opened and lost."""
        await self.shop.deliver(self._about_first(PaymentEventKind.DISPUTE_OPENED, "dp-1"))
        await self.shop.deliver(self._about_first(PaymentEventKind.DISPUTE_CLOSED, "dp-1", reason="lost"))

    async def refuse(self) -> None:
        """Have the bank refuse the charge of the second month."""
        self.shop.provider.change(REF, status=ProviderStatus.PAST_DUE, unsettled=False, owed=self.plan.price)
        await self.shop.deliver(self.shop.provider.fail_again(REF, self.plan.price))

    async def pay(self) -> None:
        """Have the bank pay the charge of the second month."""
        self.shop.provider.change(REF, unsettled=False)
        await self.shop.deliver(self.paid)

    def _about_first(self, kind: PaymentEventKind, key: str, **more: str) -> PaymentEvent:
        first = next(iter(self.shop.memory.rows("payments")))
        amounts = {"amount": first.amount} | ({"amount_refunded": first.amount} if key == "re-1" else {})
        about = {"payment_key": key, "about_payment": first.payment_key, "order_id": str(first.order_id)}
        return self.shop.provider.create_event(kind, "reversal", subscription_ref=REF, **about, **amounts, **more)

    async def ask(self) -> None:
        """Have the provider asked, as by the schedule."""
        await self.shop.poll_subscription((await self.subscription()).id)


async def begun(shop: Shop, *, days: int = 0, says: bool = True) -> UnderWay:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    if days:
        subscription = (await shop.holding(ana, plan)).subscription
        await Staff(shop)(SHELL, "extend", subscription.id, days=days, reason="motivo")
    shop.clock.advance(PERIOD)
    paid = shop.provider.renew(REF, plan.price)
    shop.provider.forgetful = True
    shop.provider.change(REF, unsettled=says)
    shop.clock.advance(HOUR)
    case = UnderWay(shop, ana, plan, paid, says)
    await case.ask()
    shop.clock.advance(3 * DAY)
    return case


BACK = {"refund": UnderWay.refund, "lost": UnderWay.lose_dispute}


@pytest.mark.parametrize("says", [True, False], ids=["reported", "not reported"])
@pytest.mark.parametrize("way", BACK)
async def test_refused_charge_ends_a_subscription_whose_money_went_back_in_either_order(way: str, says: bool) -> None:
    ends = []
    for order in ((BACK[way], UnderWay.refuse), (UnderWay.refuse, BACK[way])):
        case = await begun(memory_shop(), says=says)
        for act in order:
            await act(case)
        subscription = await case.subscription()
        stops = await case.shop.jobs("core.stop_billing")
        lets_in = access_policy.lets_in(subscription, case.shop.policy.grace, case.shop.clock.now())
        ends.append((subscription.status, subscription.end_reason, subscription.renews, len(stops), lets_in))
    assert ends[0] == ends[1]
    assert ends[0][0] is SubscriptionStatus.EXPIRED
    assert ends[0][2:] == (False, 1, False)


async def test_customer_is_notified_of_the_end_if_the_charge_is_refused_after_the_refund() -> None:
    case = await begun(memory_shop())
    await case.refund()
    assert await case.shop.notified("expired") == []
    await case.refuse()
    assert len(await case.shop.notified("expired")) == 1
    assert await case.shop.notified("payment_failed") == []


@pytest.mark.parametrize("days", [0, 2, 20])
@pytest.mark.parametrize("says", [True, False], ids=["reported", "not reported"])
async def test_refund_of_the_last_month_while_a_charge_is_under_way_does_what_preview_and_message_say(
    days: int, says: bool
) -> None:
    case = await begun(memory_shop(), days=days, says=says)
    assert await case.preview() == "time_stays"
    await case.refund()
    subscription = await case.subscription()
    assert (subscription.status, subscription.renews) == (SubscriptionStatus.ACTIVE, True)
    assert await case.lets_in()
    (refund,) = case.shop.memory.rows("refunds")
    async with case.shop.units() as uow:
        message = await RefundedMessage.load(Sources(uow, case.shop.policy, case.shop.clock.now()), refund.id)
    assert message is not None
    assert (message.word, message.until) == ("goes_on", case.paid.period_end)

    await case.pay()
    assert (await case.subscription()).status is SubscriptionStatus.ACTIVE
    assert await case.lets_in()


async def test_refused_charge_after_a_refund_keeps_granted_days_and_stops_billing() -> None:
    case = await begun(memory_shop(), days=20)
    end = (await case.subscription()).access_until
    await case.refund()
    await case.refuse()
    subscription = await case.subscription()
    assert (subscription.access_until, subscription.renews) == (end, False)
    assert await case.lets_in()
    assert len(await case.shop.jobs("core.stop_billing")) == 1


async def test_refused_charge_begins_the_grace_period_if_only_an_earlier_month_went_back() -> None:
    case = await begun(memory_shop())
    await case.pay()
    case.shop.clock.advance(PERIOD)
    await case.refund()
    case.shop.provider.renew(REF, case.plan.price)
    await case.refuse()
    subscription = await case.subscription()
    assert (subscription.status, subscription.renews) == (SubscriptionStatus.PAST_DUE, True)


@pytest.mark.parametrize("says", [True, False], ids=["reported", "not reported"])
@pytest.mark.parametrize("days", [0, 1, 2, 20])
async def test_granted_days_do_not_end_access_while_a_charge_is_under_way(days: int, says: bool) -> None:
    case = await begun(memory_shop(), days=days, says=says)
    assert await case.lets_in()
    await case.ask()
    assert await case.lets_in()


@pytest.mark.parametrize("says", [True, False], ids=["reported", "not reported"])
async def test_suspension_that_ends_while_a_charge_is_under_way_restores_access(says: bool) -> None:
    case = await begun(memory_shop(), says=says)
    shop, staff, subscription = case.shop, Staff(case.shop), await case.subscription()
    await staff(SHELL, "suspend", subscription.id, reason="motivo")
    await shop.sync_billing()
    shop.clock.advance(HOUR)
    assert not await case.lets_in()
    await staff(SHELL, "restore", subscription.id, reason="motivo")
    await shop.sync_billing()
    assert await case.lets_in()
    assert (await shop.holding(case.ana, case.plan)).accesses[0].status is AccessStatus.PENDING
    async with shop.units() as uow:
        message = await ResumedMessage.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert message is not None
    assert message.until == case.paid.period_end
    await case.ask()
    assert await case.lets_in()

    await case.pay()
    assert case.paid.period_end is not None
    assert (await case.subscription()).access_until == case.paid.period_end + HOUR


@pytest.mark.parametrize("days", [0, 2])
async def test_every_view_names_the_same_end_of_access_while_a_charge_is_under_way(days: int) -> None:
    case = await begun(memory_shop(), days=days)
    shop, telegram_id = case.shop, case.ana.telegram_id
    check = CheckEntitlement(shop.units, shop.clock, shop.policy)
    _, (plan,) = await check.customer(telegram_id)
    (explanation,) = await ExplainAccess(shop.units, shop.policy)(telegram_id)
    status = await shop.status(telegram_id)
    ends = {
        (await check(telegram_id, case.plan.soft_id)).access_end,
        plan.access_end,
        explanation.access_end,
        status.subscriptions[0].charging_until,
    }
    assert ends == {case.paid.period_end}


async def test_withdrawal_ends_the_contract_although_a_charge_is_under_way() -> None:
    shop = memory_shop()
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    week_end = shop.clock.now() + 7 * DAY
    events = shop.provider.pay(session, period_end=week_end)
    shop.provider.change(REF, current_period_end=week_end)
    await shop.deliver(*events)
    shop.clock.advance(7 * DAY)
    case = UnderWay(shop, ana, plan, shop.provider.renew(REF, plan.price), says=True)
    shop.provider.forgetful = True
    shop.provider.change(REF, unsettled=True)
    shop.clock.advance(HOUR)
    await case.ask()
    assert (await case.subscription()).charging_until(shop.clock.now()) is not None

    withdraw = WithdrawContract(shop.units, shop.gateways, shop.clock, shop.policy)
    (contract,) = await withdraw.open_to(ana.telegram_id)
    await withdraw(ana.telegram_id, contract.order.id)
    subscription = await case.subscription()
    assert (subscription.status, subscription.renews) == (SubscriptionStatus.EXPIRED, False)
