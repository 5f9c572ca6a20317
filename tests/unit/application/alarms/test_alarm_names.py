"""Check that alarms name the customer, the plan, the channel and the order as staff knows them."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from bot.routers.plans import OpenCardCheckout
from bot.screens.alarms import alarm as shown
from bot.texts import texts_for
from subscriptions.application.alarms.alarm_kind import alarm_kinds
from subscriptions.application.alarms.alarms import ReportProblem, SeeAlarms, raise_once
from subscriptions.application.messages.announce import Announce
from subscriptions.application.messages.announcement import AlarmMessage
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayRejected
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier

OLGA = TelegramId(77)


async def notified(shop: Shop) -> str:
    """Return the text of the only raised alarm, as shown to the owner."""
    (raised,) = await shop.jobs("bot.alarm")
    return await read(shop, str(raised["kind"]), dict(raised["facts"]))


async def read(shop: Shop, kind: str, facts: dict[str, str]) -> str:
    """Return the text of an alarm with these facts, as shown to the owner."""
    notifier = MemoryNotifier()
    announce = Announce(shop.units, notifier, shop.clock, shop.policy, shop.gateways)
    await announce.alarm(f"{kind}:1", kind, facts, frozenset({OLGA}))
    (message,) = notifier.said
    assert isinstance(message, AlarmMessage)
    return shown(texts_for("es"), message.to_params()).text


async def ana(shop: Shop) -> Customer:
    return await shop.customer(first_name="Ana", username="ana", telegram_id=TelegramId(1001))


async def bought(shop: Shop, customer: Customer, plan: ServicePlan) -> str:
    """Buy the plan and return the reference of the order, as shown to its customer."""
    view, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    return view.reference


async def test_failed_refund_alarm_names_customer_plan_and_order(shop: Shop):
    who, plan = await ana(shop), await shop.plan(name="Oro")
    order = await bought(shop, who, plan)
    payment = (await shop.holding(who, plan)).payment
    assert payment is not None
    shop.provider.errors.append(GatewayRejected("acme", "too old"))
    await shop.wants_back(payment)
    await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, payment.amount.minor, "wish")
    text = await notified(shop)
    assert "• Cliente: Ana (@ana) · 1001" in text
    assert "• Plan: Oro" in text
    assert f"• Pedido: {order}" in text


async def test_ended_period_alarm_names_customer_plan_order_and_subscription(shop: Shop):
    who, plan = await ana(shop), await shop.plan(name="Oro")
    view, session = await shop.checkout(who, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.end("sub-1")
    shop.clock.advance(2 * PERIOD)
    await shop.deliver(paid)
    text = await notified(shop)
    assert "• Cliente: Ana (@ana) · 1001" in text
    assert "• Plan: Oro" in text
    assert f"• Pedido: {view.reference}" in text
    assert "• Suscripción: sub-1" in text


async def test_alarm_about_an_order_names_its_plan_and_subscription(shop: Shop):
    who, plan = await ana(shop), await shop.plan(name="Oro")
    await bought(shop, who, plan)
    order = (await shop.holding(who, plan)).subscription.order_id
    text = await read(shop, "payment_event_stuck", {"order": str(order)})
    assert "• Plan: Oro" in text
    assert "• Suscripción: sub-1" in text


async def test_refused_checkout_alarm_names_customer_and_plan(shop: Shop):
    who, plan = await ana(shop), await shop.plan(name="Oro")
    shop.provider.errors.append(GatewayRejected("acme", "no such price"))
    look = OpenCardCheckout(shop.start, ReportProblem(shop.units, shop.clock), shop.clock, 60)
    await look(who, await shop.plans.one(plan.soft_id))
    text = await notified(shop)
    assert "• Cliente: Ana (@ana) · 1001" in text
    assert "• Plan: Oro" in text
    assert "Pedido" not in text


async def test_unknown_price_alarm_names_customer_plan_and_order(shop: Shop):
    who, plan = await ana(shop), await shop.priced(name="Oro")
    order = await bought(shop, who, plan)
    shop.provider.prices["price-x"] = plan.price + plan.price
    shop.provider.change("sub-1", price_ref="price-x", price=plan.price + plan.price)
    await shop.deliver(shop.provider.updated("sub-1"))
    text = await notified(shop)
    assert "• Cliente: Ana (@ana) · 1001" in text
    assert "• Plan: Oro" in text
    assert f"• Pedido: {order}" in text
    assert "• Precio: price-x" in text


async def test_subscription_alarm_shows_provider_reference_and_order_instead_of_internal_ids(shop: Shop):
    who, plan = await ana(shop), await shop.plan(name="Oro")
    order = await bought(shop, who, plan)
    agreement = (await shop.holding(who, plan)).subscription
    reason = "acme: the provider does not stop it"
    facts = {"subscription": str(agreement.id), "provider": "-", "order": "-", "reason": reason}
    text = await read(shop, "still_billed", facts)
    assert str(agreement.id) not in text
    assert "• Suscripción: sub-1" in text
    assert f"• Pedido: {order}" in text
    assert "-\n" not in text
    assert "does not stop" not in text
    assert "• Motivo: El proveedor no detiene los cobros" in text


async def test_alarm_stored_by_an_earlier_version_shows_order_customer_and_plan_if_known(shop: Shop):
    who, plan = await ana(shop), await shop.plan(name="Oro")
    order = await bought(shop, who, plan)
    owner = await shop.customer(telegram_id=OLGA, staff_role=StaffRole.OWNER)
    rows = [
        Alarm.begin("a", "refund_failed", {"payment": order, "reason": "too old"}, shop.clock.now()),
        Alarm.begin("b", "paid_time_over", {"order": order}, shop.clock.now()),
        Alarm.begin("c", "overpaid", {"order": order, "customer": str(who.id)}, shop.clock.now()),
        Alarm.begin("d", "unknown_price", {"subscription": "sub-1", "provider": "acme"}, shop.clock.now()),
    ]
    see = SeeAlarms(shop.units, shop.clock, StaffDesk(shop.units, shop.clock), shop.gateways)
    texts = []
    for row in rows:
        async with shop.units() as uow:
            await uow.alarms.add_if_new(row)
            await uow.commit()
        found = await see.get(owner.telegram_id, row.id)
        assert found is not None
        texts.append(shown(texts_for("es"), {"alarm": found.kind, **found.facts}).text)
    assert all(order in text for text in texts)
    assert ["Ana (@ana)" in text for text in texts] == [False, False, True, True]
    assert "• Plan: Oro" in texts[2]


async def test_stored_alarm_contains_customer_ids_but_no_names(shop: Shop):
    """An alarm may stay open after its customer is erased."""
    who = await ana(shop)
    async with shop.units() as uow:
        raised = AlarmRaised("x", "erasure_waits", (("customer", str(who.id)),))
        await raise_once(uow, raised, shop.clock.now())
        await uow.commit()
        (kept,) = await uow.alarms.open(9)
    assert kept.facts == {"customer": str(who.id), "telegram_id": "1001"}


async def test_alarm_shows_the_provider_by_display_name_or_by_its_code_if_it_is_not_installed(shop: Shop):
    """An installed provider is named by its descriptor, a removed one by its code."""
    shop.gateways = MemoryGateways({"acme_pay": shop.provider})
    assert "• Proveedor: Acme pay" in await read(shop, "webhooks_silent", {"provider": "acme_pay"})
    assert "• Proveedor: Old Pay" in await read(shop, "webhooks_refused", {"provider": "old_pay"})


PEOPLE = [
    ("time_given", "staff"),
    *(
        (kind.name, name)
        for kind in alarm_kinds().values()
        for name, notified in get_type_hints(kind).items()
        if name != "telegram_id" and TelegramId in (notified, *get_args(notified))
    ),
]
"""Kinds of alarm, each with a fact that names a person other than the customer whom the alarm is about."""


@pytest.mark.parametrize(("kind", "fact"), PEOPLE)
async def test_alarm_shows_customer_name_for_a_stored_telegram_id(shop: Shop, kind: str, fact: str):
    who = await ana(shop)
    assert "Ana (@ana) · 1001" in await read(shop, kind, {fact: str(who.telegram_id)})
