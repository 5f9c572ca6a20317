"""Whom and what an alarm is about: kept by ids, told by names, as they are when it is told."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId, OrderId, SubscriptionId, TelegramId, short_reference
from subscriptions.domain.ports.unit_of_work import UnitOfWork

UUID_SHAPE: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SEARCHED: Final = 100
"""How many of a customer's payments are looked through for the order that a short number stands for."""
_PEOPLE: Final = ("staff", "stranger")
"""Facts that are somebody's number at Telegram, beside the customer's."""


async def with_customer(uow: UnitOfWork, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as they are kept: with the customer they are about, whom their subscription or order may know."""
    customer = await _customer(uow, facts)
    if customer is None:
        return dict(facts)
    return {**facts, "telegram_id": str(customer.telegram_id), "customer": str(customer.id)}


async def named(uow: UnitOfWork, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as they are told: people, plan, channel and order by the names that their owners know them by.

    `name` stands beside `telegram_id`. What is not on record (any more) keeps what the alarm says of it.
    """
    told = await with_customer(uow, facts)
    customer = await _customer(uow, told)
    agreements = await _agreements(uow, told)
    order = await _order(uow, told, customer)
    if order is not None and not agreements:
        agreements = await uow.subscriptions.of_order(order.id)
    if customer is not None:
        told["name"] = _called(customer)
    for fact in _PEOPLE:
        told |= await _person(uow, fact, told.get(fact, ""))
    orders = [order.id] if order is not None else [each.order_id for each in agreements if each.order_id is not None]
    if orders:
        told["order"] = ", ".join(dict.fromkeys(short_reference(each) for each in orders))
    told |= await _plan(uow, told, agreements, order)
    to = await uow.plans.by_soft_id(told["to"]) if told.get("to") else None
    told |= {"to": to.name} if to is not None else {}
    told |= _at_provider(told, agreements)
    if "channel" not in told and agreements and customer is not None:
        told |= await _channels(uow, customer, agreements)
    return told


async def _customer(uow: UnitOfWork, facts: Mapping[str, str]) -> Customer | None:
    named_by, number = facts.get("customer", ""), facts.get("telegram_id", "")
    if UUID_SHAPE.fullmatch(named_by):
        return await uow.customers.get(CustomerId(UUID(named_by)))
    if number.isdecimal():
        return await uow.customers.by_telegram_id(TelegramId(int(number)))
    agreements = await _agreements(uow, facts)
    order = await _order(uow, facts, None) if not agreements else None
    owner = agreements[0].customer_id if agreements else order.customer_id if order is not None else None
    return await uow.customers.get(owner) if owner is not None else None


async def _agreements(uow: UnitOfWork, facts: Mapping[str, str]) -> Sequence[Subscription]:
    """By our ids of them, or by the provider's."""
    said, provider = facts.get("subscription", ""), facts.get("provider", "")
    ids = [SubscriptionId(UUID(each)) for each in UUID_SHAPE.findall(said)]
    found = [await uow.subscriptions.get(each) for each in ids]
    if said and provider and not ids:
        found = [await uow.subscriptions.by_provider_ref(provider, said)]
    return [each for each in found if each is not None]


async def _order(uow: UnitOfWork, facts: Mapping[str, str], customer: Customer | None) -> Order | None:
    """By its id; or by its short number, where we know whose it is."""
    said = facts.get("order", "")
    if UUID_SHAPE.fullmatch(said):
        return await uow.orders.get(OrderId(UUID(said)))
    if not said or customer is None:
        return None
    known = [payment.order_id for payment in await uow.payments.of_customer(customer.id, _SEARCHED)]
    known += [each.id for each in await uow.orders.open_of(customer.id)]
    meant = next((each for each in known if short_reference(each) == said), None)
    return await uow.orders.get(meant) if meant is not None else None


async def _person(uow: UnitOfWork, fact: str, number: str) -> dict[str, str]:
    known = await uow.customers.by_telegram_id(TelegramId(int(number))) if number.isdecimal() else None
    return {fact: f"{_called(known)} · {number}"} if known is not None else {}


async def _plan(
    uow: UnitOfWork, facts: Mapping[str, str], agreements: Sequence[Subscription], order: Order | None
) -> dict[str, str]:
    if facts.get("plan"):
        known = await uow.plans.by_soft_id(facts["plan"])
        return {"plan": known.name, "plan_id": str(known.id)} if known is not None else {}
    ids = [each.plan_id for each in agreements] or ([order.plan_id] if order is not None else [])
    plans = [plan for each in dict.fromkeys(ids) if (plan := await uow.plans.get(each)) is not None]
    if not plans:
        return {}
    return {"plan": ", ".join(plan.name for plan in plans), "plan_id": str(plans[0].id)}


def _at_provider(facts: Mapping[str, str], agreements: Sequence[Subscription]) -> dict[str, str]:
    """Where to find them there. Our own ids say nothing to anybody."""
    if not agreements:
        return {}
    providers = dict.fromkeys(each.provider for each in agreements if each.provider)
    refs = [each.provider_ref for each in agreements if each.provider_ref]
    said = facts.get("subscription", "")
    # Another one that is named by the provider's word, as one that is ended beside theirs, stays.
    found = {} if said and not UUID_SHAPE.search(said) else {"subscription": ", ".join(refs)}
    return found if facts.get("provider") or not providers else found | {"provider": next(iter(providers))}


async def _channels(uow: UnitOfWork, customer: Customer, agreements: Sequence[Subscription]) -> dict[str, str]:
    titles = []
    for each in agreements:
        plan = await uow.plans.get(each.plan_id)
        shared = plan is not None and plan.is_shared
        channel = await (uow.vip.channel() if shared else uow.channels.personal_of(customer.id, each.plan_id))
        titles += [channel.title] if channel is not None else []
    return {"channel": ", ".join(dict.fromkeys(titles))} if titles else {}


def _called(customer: Customer) -> str:
    """`Ana (@ana)`."""
    return f"{customer.first_name} (@{customer.username})" if customer.username else customer.first_name
