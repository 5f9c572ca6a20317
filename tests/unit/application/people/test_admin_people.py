"""Staff commands about customers: notes, blocks, refunds and resent invite links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from subscriptions.application.checkout.purchase_terms import Barred
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.command import NothingToDo, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.team.reset_factor import ResetFactor
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import AccountId, PaymentId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PaymentEventKind
from tests.fakes import samples
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from tests.support.parts import ONCE, PART, page


@dataclass
class Office:
    """Shop with an owner, a support member and a customer."""

    shop: Shop
    desk: StaffDesk
    olga: Customer
    marta: Customer
    ana: Customer
    plan: ServicePlan

    async def paid(self) -> Payment:
        """Save a payment of 29.99 € by the customer."""
        order = samples.order(self.ana, self.plan)
        event = samples.event(payment_key=f"pay-{order.id}")
        self.shop.provider.sent[event.event_key] = event
        payment = samples.payment(order, payment_key=event.payment_key)
        async with self.shop.units() as uow:
            await uow.orders.save(order)
            await uow.payments.add_if_new(payment)
            await uow.commit()
        return payment

    def lines(self, action: str) -> list[Any]:
        """Return the audit entries of an action."""
        return [line for line in self.shop.memory.rows("audit_log") if line.action == action]


@pytest.fixture
async def office() -> Office:
    shop = memory_shop()
    olga = await shop.customer(staff_role=StaffRole.OWNER)
    marta = await shop.customer(staff_role=StaffRole.SUPPORT)
    return Office(shop, StaffDesk(shop.units, shop.clock), olga, marta, await shop.customer(), await shop.plan())


async def test_repeated_note_command_stores_one_note(office: Office) -> None:
    act, wish = Staff(office.shop), uuid4()
    for _ in range(3):
        await act(office.marta.telegram_id, "note", office.ana.id, wish, note="llamó por teléfono")
    assert [(line.actor, line.reason) for line in office.lines("customer.note")] == [
        (str(office.marta.telegram_id), "llamó por teléfono")
    ]
    with pytest.raises(NotAllowed):
        await act(office.ana.telegram_id, "note", office.ana.id, note="x")


async def test_blocked_customer_cannot_buy_until_unblocked(office: Office) -> None:
    act = Staff(office.shop)
    for _ in range(2):
        await act(office.olga.telegram_id, "block", office.ana.id, reason="reventa")
    with pytest.raises(Barred):
        await office.shop.start(office.ana.telegram_id, office.plan.soft_id)
    await act(office.olga.telegram_id, "unblock", office.ana.id, reason="aclarado")
    await office.shop.start(office.ana.telegram_id, office.plan.soft_id)
    assert len(office.lines("customer.block")) == len(office.lines("customer.unblock")) == 1
    with pytest.raises(NotAllowed):
        await act(office.marta.telegram_id, "block", office.ana.id, reason="motivo")


async def test_open_checkout_of_a_blocked_customer_is_closed(office: Office) -> None:
    shop = office.shop
    _, session = await shop.checkout(office.ana, office.plan)
    await Staff(shop)(office.olga.telegram_id, "block", office.ana.id, reason="reventa")
    await shop.close_what_is_open()
    assert shop.provider.closed == [session]
    async with shop.units() as uow:
        assert await uow.orders.open_of(office.ana.id) == []


async def test_partly_paid_order_of_a_blocked_customer_stays_open(office: Office) -> None:
    shop = office.shop
    shop.sells_by_all()
    once = await shop.plan(soft_id="once", **ONCE)
    await shop.deliver(shop.coins.underpaid(await page(shop, office.ana, once), PART))
    await Staff(shop)(office.olga.telegram_id, "block", office.ana.id, reason="reventa")
    async with shop.units() as uow:
        (order,) = await uow.orders.open_of(office.ana.id)
    assert order.plan_id == once.id


async def test_only_owners_can_block_staff(office: Office) -> None:
    act = Staff(office.shop)
    manager = await office.shop.customer(staff_role=StaffRole.MANAGER)
    for other in (office.olga, office.marta):
        with pytest.raises(NotAllowed) as refused:
            await act(manager.telegram_id, "block", other.id, reason="motivo")
        assert refused.value.least is StaffRole.OWNER
    with pytest.raises(NotAllowed):
        await act.run.subject(manager.telegram_id, "block", str(office.olga.id))
    assert office.lines("customer.block") == []
    assert len(office.lines("staff.refused")) == 3
    await act(manager.telegram_id, "block", office.ana.id, reason="motivo")
    await act(office.olga.telegram_id, "block", office.marta.id, reason="motivo")
    async with office.shop.units() as uow:
        barred = await uow.customers.get(office.marta.id)
    assert barred is not None
    assert barred.barred_at is not None


async def test_partial_refunds_never_exceed_the_payment(office: Office) -> None:
    shop, payment = office.shop, await office.paid()
    act = Staff(shop)
    wish = uuid4()
    for _ in range(2):
        await act(office.olga.telegram_id, "refund", payment.id, wish, amount=Money(1000, "EUR"), reason="una parte")
    assert [job["minor"] for job in await shop.jobs("core.refund_payment")] == [1000]
    for amount in ("20", "0", "-1", "10 USD", "much"):
        with pytest.raises(InputsRefused) as refused:
            await act(office.olga.telegram_id, "refund", payment.id, amount=amount, reason="motivo")
        assert list(refused.value.errors) == ["amount"]
    await act(office.olga.telegram_id, "refund", payment.id, amount=Money(1999, "EUR"), reason="el resto")
    assert len(office.lines("payment.refund")) == 4  # one line on the payment and one on the customer
    assert {line.reason for line in office.lines("payment.refund")} == {"una parte", "el resto"}


async def reported_refund(office: Office, payment: Payment, minor: int, reason: str | None = None) -> None:
    """Deliver the provider's webhook about a refund of the given amount. A second webhook about the same amount reports
    the same refund.
    """
    shop, amount = office.shop, Money(minor, payment.amount.currency)
    about = {"payment_key": f"re-{minor}", "about_payment": payment.payment_key, "amount_refunded": amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **about, reason=reason))


async def test_refund_reversed_by_the_bank_can_be_repeated(office: Office) -> None:
    shop, payment = office.shop, await office.paid()
    act = Staff(shop)
    await act(office.olga.telegram_id, "refund", payment.id, amount=payment.amount, reason="todo")
    shop.clock.advance(timedelta(minutes=1))
    await reported_refund(office, payment, payment.amount.minor)
    with pytest.raises(InputsRefused):
        await act(office.olga.telegram_id, "refund", payment.id, amount=Money(1, "EUR"), reason="motivo")
    shop.clock.advance(timedelta(days=3))
    await reported_refund(office, payment, payment.amount.minor, "reversed")
    await act(office.olga.telegram_id, "refund", payment.id, amount=payment.amount, reason="otra vez")
    with pytest.raises(InputsRefused):
        await act(office.olga.telegram_id, "refund", payment.id, amount=Money(1, "EUR"), reason="motivo")


async def test_pending_and_external_refunds_reduce_the_refundable_amount(office: Office) -> None:
    """Staff requested a refund of 15.00, which is not reported yet; another 10.00 was refunded in the provider's
    dashboard.
    """
    shop, payment, marta = office.shop, await office.paid(), office.marta.telegram_id
    act = Staff(shop)
    await reported_refund(office, payment, 1000)
    await act(office.olga.telegram_id, "refund", payment.id, amount=Money(1500, "EUR"), reason="una parte")
    with pytest.raises(InputsRefused) as refused:
        await act(office.olga.telegram_id, "refund", payment.id, amount=Money(500, "EUR"), reason="motivo")
    assert refused.value.errors["amount"].facts == {"left": Money(499, "EUR")}
    shown = await SeeCustomers(shop.units, shop.gateways, office.desk, shop.policy).payment(marta, payment.id)
    assert shown is not None
    assert (shown[1].returned_amount, shown[1].refundable) == (Money(1000, "EUR"), Money(499, "EUR"))
    shop.clock.advance(timedelta(minutes=1))
    await reported_refund(office, payment, 1500)
    await act(office.olga.telegram_id, "refund", payment.id, amount=Money(499, "EUR"), reason="el resto")


async def test_only_owners_can_refund(office: Office) -> None:
    payment, act = await office.paid(), Staff(office.shop)
    manager = await office.shop.customer(staff_role=StaffRole.MANAGER)
    with pytest.raises(NotAllowed):
        await act(manager.telegram_id, "refund", payment.id, amount=Money(1, "EUR"), reason="motivo")
    with pytest.raises(SubjectGone):
        await act(office.olga.telegram_id, "refund", PaymentId(new_uuid()), amount=Money(1, "EUR"), reason="motivo")


async def test_refund_key_is_passed_to_the_provider(office: Office) -> None:
    shop, payment = office.shop, await office.paid()
    refund = RefundPayment(shop.units, shop.gateways, shop.clock)
    await shop.wants_back(payment, 1000, "wish-1")
    await shop.wants_back(payment, key="wish-2")
    await refund(payment.id, 1000, "wish-1")
    await refund(payment.id, payment.amount.minor, "wish-2")
    assert shop.provider.refunds == {"staff:wish-1": payment.payment_key, "staff:wish-2": payment.payment_key}
    await refund(PaymentId(new_uuid()), 1, "wish-3")


async def test_rejected_refund_raises_an_alarm_and_can_be_repeated(office: Office) -> None:
    shop, payment = office.shop, await office.paid()
    act, wish = Staff(shop), uuid4()
    await act(office.olga.telegram_id, "refund", payment.id, wish, amount=payment.amount, reason="todo")
    shop.provider.errors.append(GatewayRejected("acme", "too old", code="expired"))
    await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, payment.amount.minor, str(wish))
    assert await shop.alarms() == ["refund_failed"]
    await act(office.olga.telegram_id, "refund", payment.id, amount=payment.amount, reason="otra vez")


async def test_valid_invite_link_is_sent_again(office: Office) -> None:
    shop = office.shop
    order = samples.order(office.ana, office.plan)
    subscription = samples.subscription(order, access_until=shop.clock.now() + timedelta(days=20))
    channel = samples.ready_channel(subscription)
    access = replace(Access.request(office.ana.id, channel.id, shop.clock.now()), status=AccessStatus.INVITED)
    invite = samples.invite(channel, expires_at=shop.clock.now() + timedelta(hours=3))
    async with shop.units() as uow:
        await uow.orders.save(order)
        await uow.subscriptions.save(subscription)
        await uow.channels.add_if_new(channel)
        await uow.accesses.save(access)
        await uow.channels.add_invite(invite)
        await uow.commit()
    marta, act, press = office.marta.telegram_id, Staff(shop), uuid4()
    assert (await act(marta, "resend_invite", subscription.id, press)).name == "sent"
    assert [job["key"] for job in await shop.notified("invite_ready")] == [f"{invite.id}:{press}"]
    shop.clock.advance(timedelta(hours=4))
    before = len(await shop.jobs("userbot.assign"))
    assert (await act(marta, "resend_invite", subscription.id)).name == "sent"
    assert len(await shop.jobs("userbot.assign")) == before + 1
    with pytest.raises(NothingToDo):
        await act(marta, "resend_invite", new_uuid())
    access.status, channel.account_id = AccessStatus.ACTIVE, AccountId(1)
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.channels.save(channel)
        await uow.commit()
    # The record says that the customer is inside. A customer who asks may have lost the channel, so it is checked.
    assert (await act(marta, "resend_invite", subscription.id)).name == "not_sent"
    assert [job["mend"] for job in await shop.jobs("userbot.acc.1")] == [True]


async def test_customer_card_lists_payments_and_staff_commands(office: Office) -> None:
    shop, payment = office.shop, await office.paid()
    see = SeeCustomers(shop.units, shop.gateways, office.desk, shop.policy)
    marta = office.marta.telegram_id
    card = await see.card(marta, office.ana.id)
    assert card is not None
    assert [(item.amount, item.refundable) for item in card.payments] == [(payment.amount, payment.amount)]
    of_staff = await see.card(marta, office.marta.id)
    assert of_staff is not None
    assert [ResetFactor in each.available_commands for each in (card, of_staff)] == [False, True]
    with pytest.raises(NotAllowed):
        await see.card(office.ana.telegram_id, office.ana.id)
