"""Payments inside the chat: the approval of a charge, and Telegram's updates about the payment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from subscriptions.application.checkout.approve_chat_payment import ApproveChatPayment, ChatRefusal
from subscriptions.application.inbox.receive_chat_payment import ReceiveChatPayment
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, PaymentEventKind, WebhookRequest
from tests.fakes.provider import SIGNED, Provider
from tests.fakes.shop import Shop, memory_shop


@dataclass
class ChatProvider(Provider):
    """Provider that is paid inside the chat. Its updates contain the key of a payment event in the field `money`."""

    seal: Mapping[str, str] = field(default_factory=lambda: SIGNED)

    def seal_update(self, update: Mapping[str, object], received_at: datetime) -> WebhookRequest | None:
        found = update.get("money")
        return WebhookRequest(headers=self.seal, body=str(found).encode(), received_at=received_at) if found else None


@dataclass
class Table:
    """Customer with an open invoice in the chat."""

    shop: Shop
    customer: Customer
    plan: ServicePlan
    payload: str
    reference: str

    async def ask(self, **other: Any) -> ChatRefusal | None:
        asked = {"telegram_id": self.customer.telegram_id, "payload": self.payload, "amount": self.plan.price}
        approve = ApproveChatPayment(self.shop.units, self.shop.gateways, self.shop.plans, self.shop.clock)
        return await approve(**(asked | other))

    async def order(self) -> Order:
        return await self.shop.order(self.reference)

    def receiver(self) -> ReceiveChatPayment:
        return ReceiveChatPayment(self.shop.units, self.shop.gateways, self.shop.clock, self.shop.receive)


async def a_table(**plan: Any) -> Table:
    shop = memory_shop()
    provider = ChatProvider(shop.clock, name="acme")
    provider.capabilities = provider.capabilities | {Capability.IN_CHAT}
    shop.provider = provider
    shop.gateways.gateways["acme"] = provider
    customer, offered = await shop.customer(), await shop.plan(**plan)
    view, payload = await shop.checkout(customer, offered)
    return Table(shop, customer, offered, payload, view.reference)


async def test_chat_charge_that_matches_the_invoice_is_approved() -> None:
    assert await (await a_table()).ask() is None


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"payload": "something else"}, ChatRefusal.UNKNOWN),
        ({"telegram_id": TelegramId(4_242)}, ChatRefusal.STRANGER),
        ({"amount": Money(1, "EUR")}, ChatRefusal.CHANGED),
        ({"amount": Money(2999, "USD")}, ChatRefusal.CHANGED),
    ],
    ids=["payload", "person", "amount", "currency"],
)
async def test_chat_charge_that_differs_from_the_invoice_is_refused(
    other: dict[str, Any], refusal: ChatRefusal
) -> None:
    assert await (await a_table()).ask(**other) is refusal


async def _bar(table: Table) -> None:
    async with table.shop.units() as uow:
        customer = await uow.customers.by_telegram_id(table.customer.telegram_id, lock=True)
        assert customer is not None
        customer.barred_at = table.shop.clock.now()
        await uow.customers.save(customer)
        await uow.commit()


async def _switch_off(table: Table) -> None:
    table.plan.active = False
    await table.shop.change_plan(table.plan)


async def _pay(table: Table) -> None:
    await table.shop.deliver(table.shop.provider.pay(table.payload)[1])


async def _wait(table: Table) -> None:
    table.shop.clock.advance(timedelta(minutes=40))


async def _expire(table: Table) -> None:
    order = await table.order()
    async with table.shop.units() as uow:
        order.expire()
        await uow.orders.save(order)
        await uow.commit()


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [
        (_bar, ChatRefusal.BARRED),
        (_switch_off, ChatRefusal.GONE),
        (_pay, ChatRefusal.PAID),
        (_wait, ChatRefusal.CLOSED),
        (_expire, ChatRefusal.CLOSED),
    ],
    ids=["barred", "plan switched off", "paid", "too late", "order expired"],
)
async def test_charge_is_refused_if_the_customer_is_blocked_or_the_plan_or_order_is_closed(
    meanwhile: Callable[[Table], Awaitable[None]], refusal: ChatRefusal
) -> None:
    table = await a_table()
    await meanwhile(table)

    assert await table.ask() is refusal


async def test_payment_method_without_chat_payments_is_refused_in_the_chat() -> None:
    table = await a_table()
    table.shop.provider.capabilities = table.shop.provider.capabilities - {Capability.IN_CHAT}

    assert await table.ask() is ChatRefusal.UNKNOWN


async def test_repeated_update_about_a_chat_payment_queues_one_job() -> None:
    table = await a_table()
    event = table.shop.provider.create_event(PaymentEventKind.PAYMENT_COMPLETED, "paid", order_id="1")
    for _ in range(2):
        await table.receiver()({"update_id": 7, "money": event.event_key})

    assert len(await table.shop.jobs("core.apply_payment_event")) == 1


async def test_chat_payment_without_an_order_alerts_the_owners() -> None:
    table = await a_table()
    await table.receiver()({"update_id": 7})

    assert [job["kind"] for job in await table.shop.jobs("bot.alarm")] == ["chat_payment_untaken"]


async def test_chat_payment_with_an_invalid_signature_alerts_the_owners() -> None:
    shop = (table := await a_table()).shop
    assert isinstance(shop.provider, ChatProvider)
    shop.provider.seal = {"signature": "another bot's"}
    await table.receiver()({"update_id": 7, "money": "evt-1"})

    assert [job["kind"] for job in await shop.jobs("bot.alarm")] == ["chat_payment_untaken"]
    assert await shop.jobs("core.apply_payment_event") == []


async def _nothing(table: Table) -> None:
    """Do nothing: the scheduled expiry of the order has not run yet."""


@pytest.mark.parametrize("close", [_expire, _nothing], ids=["closed", "closing soon"])
async def test_payment_for_a_closed_order_is_refunded(close: Callable[[Table], Awaitable[None]]) -> None:
    table = await a_table(recurring=False, interval=None, duration_days=30)
    await _wait(table)
    await close(table)
    await table.shop.deliver(table.shop.provider.pay_once(table.payload))

    payment = (await table.shop.holding(table.customer, table.plan)).payment
    assert payment.flag is FlagReason.ORDER_CLOSED
    assert payment.returning_since is not None
    assert len(await table.shop.jobs("core.return_payment")) == 1
    await table.shop.return_payment(payment.id, "")
    assert list(table.shop.provider.refunds.values()) == [payment.payment_key]


async def test_timely_payment_reported_after_the_order_expired_is_applied() -> None:
    table = await a_table(recurring=False, interval=None, duration_days=30)
    paid = table.shop.provider.pay_once(table.payload)
    await _wait(table)
    await _expire(table)
    await table.shop.deliver(paid)

    assert (await table.shop.holding(table.customer, table.plan)).payment.flag is None


async def test_renewal_reported_before_the_first_payment_is_applied() -> None:
    table = await a_table()
    first = table.shop.provider.pay(table.payload)[0]
    table.shop.clock.advance(timedelta(days=30))
    ref = str(first.subscription_ref)
    renewal = table.shop.provider.renew(ref, table.plan.price, checkout_ref=table.payload)
    await table.shop.deliver(renewal)

    assert (await table.shop.holding(table.customer, table.plan)).payment.flag is None
