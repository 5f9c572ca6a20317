"""Alarms for the owners: raising, closing, listing, and showing them with the names of the people concerned."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from subscriptions.application.alarms.alarm_kind import AlarmKind, News, alarm_kinds, closing_of
from subscriptions.application.alarms.watch_alarms import close_by_itself, open_again
from subscriptions.application.people.staff_desk import StaffDesk, reads, with_permission
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import Unreadable
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId, OrderId, SubscriptionId, TelegramId, short_reference
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

PAGE_SIZE: Final = 10
_LOOKED_AT: Final = 50
_LOOKS: Final = 10
"""Maximum number of further pages that are read if most alarms on a page turn out to be closed."""
UUID_SHAPE: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BATCH: Final = 100
"""Number of a customer's payments that are searched for an order by its short reference."""
_PEOPLE: Final = ("staff", "stranger", "other_account", "banned_by")
"""Names of the facts, other than the customer, whose value is a Telegram id."""


@dataclass(frozen=True)
class SeeAlarms:
    """Use case that lists open alarms, newest first, with the names of the people concerned. All methods except `count`
    may raise NotAllowed.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    gateways: GatewayRegistry

    async def count(self) -> int:
        """Return the number of open alarms."""
        async with self.units() as uow:
            return await uow.alarms.count_open()

    @with_permission(StaffAction.SEE_ALARMS)
    async def open(self, _: TelegramId) -> Sequence[Alarm]:
        """Return the alarms that still require action by staff. Alarms whose cause is gone are closed first."""
        now, open_alarms = self.clock.now(), list[Alarm]()
        for _look in range(_LOOKS):
            async with self.units() as uow:
                alarms = await uow.alarms.open(_LOOKED_AT)
            open_alarms = []
            for alarm in alarms:
                if not await close_by_itself(self.units, alarm, now):
                    open_alarms.append(alarm)
                if len(open_alarms) == PAGE_SIZE:
                    # The others are checked when they are requested, and by the worker.
                    break
            if len(open_alarms) >= PAGE_SIZE or len(alarms) < _LOOKED_AT:
                break
        async with self.units() as uow:
            for alarm in open_alarms:
                alarm.facts = await with_names(uow, alarm.facts, self.gateways)
        return open_alarms

    @reads(StaffAction.SEE_ALARMS)
    async def get(self, uow: UnitOfWork, alarm_id: UUID) -> Alarm | None:
        """Return one alarm, open or closed; None if it does not exist."""
        alarm = await uow.alarms.get(alarm_id)
        if alarm is not None:
            alarm.facts = await with_names(uow, alarm.facts, self.gateways)
        return alarm


@dataclass(frozen=True)
class ReportProblem:
    """Use case that raises an alarm once per key."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, key: str, alarm: AlarmKind) -> None:
        """Raise the alarm. `key`: unique key, so that the same problem raises one alarm."""
        async with self.units() as uow:
            uow.record(alarm.raise_event(key, self.clock.now()))
            await uow.commit()


@dataclass(frozen=True)
class KeepAlarm:
    """Use case that runs `keep_alarm` in its own unit of work."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, kind: type[AlarmKind], subject: str, alarm: AlarmKind | None) -> None:
        """Raise, keep or close an alarm as `keep_alarm` does."""
        async with self.units() as uow:
            await keep_alarm(uow, kind, subject, alarm, self.clock.now())
            await uow.commit()


def new_alarm(key: str, kind: str, facts: dict[str, str], now: datetime) -> Alarm:
    """Create an alarm. An alarm whose kind has the closing rule `News` is created closed."""
    return Alarm.begin(key, kind, facts, now, news=isinstance(closing_of(kind), News))


async def raise_once(uow: UnitOfWork, alarm: AlarmRaised, now: datetime) -> None:
    """Raise an alarm unless an alarm with its key is open. If the alarm with this key was closed, reopen it and report
    it again. The caller commits.
    """
    facts, kind = dict(alarm.facts), alarm_kinds().get(alarm.kind)
    if kind is None or kind.names_customer:
        facts = await with_customer(uow, facts)
    alarm_row = new_alarm(alarm.key, alarm.kind, facts, now)
    held_alarm = alarm_row if await uow.alarms.add_if_new(alarm_row) else await open_again(uow, alarm_row)
    if held_alarm is not None and held_alarm.raised_at == now:
        uow.record(replace(alarm, at=now))


async def keep_alarm(
    uow: UnitOfWork, kind: type[AlarmKind], subject: str, alarm: AlarmKind | None, now: datetime
) -> None:
    """Keep an alarm open as long as its cause lasts, and close it afterwards. The caller commits.

    subject: subject of the alarm; a subject has at most one alarm of each kind
    alarm: alarm to keep open; None if the cause is gone

    If staff close the alarm while its cause lasts, the alarm is raised again after a day.
    """
    newest = await uow.alarms.newest(kind.name, f"{kind.name}:{subject}:", lock=True)
    if newest is not None and newest.open:
        if alarm is None:
            newest.closed_at = now
            await uow.alarms.save(newest)
        return
    if alarm is None or (newest is not None and newest.settled_lately(now)):
        return
    key = f"{kind.name}:{subject}:{now:%Y-%m-%dT%H}"
    if newest is not None and newest.key == key:
        # The problem is intermittent: it is reported once an hour, and the alarm stays open while the problem lasts.
        newest.closed_at = None
        await uow.alarms.save(newest)
        return
    await raise_once(uow, alarm.raise_event(key), now)


class SubscriptionFacts(TypedDict):
    """Facts that every alarm about a subscription has (`OfSubscription`)."""

    subscription: SubscriptionId
    customer: CustomerId


def subscription_facts(subscription: Subscription) -> SubscriptionFacts:
    """Return the facts about a subscription for an alarm."""
    return SubscriptionFacts(subscription=subscription.id, customer=subscription.customer_id)


def about_period(subscription: Subscription, alarm: AlarmKind) -> AlarmRaised:
    """Return the event that raises an alarm about a subscription, at most one alarm of its kind per period."""
    end = subscription.access_until
    return alarm.raise_event(f"{alarm.name}:{subscription.id}:{end.isoformat() if end is not None else '-'}")


async def with_customer(uow: UnitOfWork, facts: Mapping[str, str]) -> dict[str, str]:
    """Return an alarm's facts to store, with the customer added, who is found by subscription or order if necessary. If
    a row is unreadable, return the facts unchanged.
    """
    try:
        customer = await _customer(uow, facts)
    except Unreadable:
        return dict(facts)
    if customer is None:
        return dict(facts)
    return {**facts, "telegram_id": str(customer.telegram_id), "customer": str(customer.id)}


async def with_names(uow: UnitOfWork, facts: Mapping[str, str], gateways: GatewayRegistry) -> dict[str, str]:
    """Return an alarm's facts to show, with the display names of people, plan, channel and order.

    The fact `name` is added for `telegram_id`, and `called` for `provider`. If a record no longer exists or a row is
    unreadable, the stored value of the fact is shown.
    """
    facts_with_names = await with_customer(uow, facts)
    with suppress(Unreadable):
        await _add_names(uow, facts_with_names)
    return facts_with_names | _provider(facts_with_names, gateways)


async def _add_names(uow: UnitOfWork, facts: dict[str, str]) -> None:
    customer = await _customer(uow, facts)
    agreements = await _agreements(uow, facts)
    order = await _order(uow, facts, customer)
    if order is not None and not agreements:
        agreements = await uow.subscriptions.of_order(order.id)
    if customer is not None:
        facts["name"] = _name_of(customer)
    for fact in _PEOPLE:
        facts |= await _person(uow, fact, facts.get(fact, ""))
    orders = [order.id] if order is not None else [each.order_id for each in agreements if each.order_id is not None]
    if orders:
        facts["order"] = ", ".join(dict.fromkeys(short_reference(each) for each in orders))
    facts |= await _plan(uow, facts, agreements, order)
    target_plan = await uow.plans.by_soft_id(facts["to"]) if facts.get("to") else None
    facts |= {"to": target_plan.name} if target_plan is not None else {}
    facts |= _at_provider(facts, agreements)
    if "channel" not in facts and agreements and customer is not None:
        facts |= await _channels(uow, customer, agreements)


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
    """Return the subscriptions named in the facts, by Umbral's ids or the provider's ids."""
    subscription, provider = facts.get("subscription", ""), facts.get("provider", "")
    ids = [SubscriptionId(UUID(each)) for each in UUID_SHAPE.findall(subscription)]
    subscriptions = [await uow.subscriptions.get(each) for each in ids]
    if subscription and provider and not ids:
        subscriptions = [await uow.subscriptions.by_provider_ref(provider, subscription)]
    return [each for each in subscriptions if each is not None]


async def _order(uow: UnitOfWork, facts: Mapping[str, str], customer: Customer | None) -> Order | None:
    """Return the order named in the facts, by id, or by short reference if the customer is known. Return None if no
    order is found.
    """
    order = facts.get("order", "")
    if UUID_SHAPE.fullmatch(order):
        return await uow.orders.get(OrderId(UUID(order)))
    if not order or customer is None:
        return None
    order_ids = [payment.order_id for payment in await uow.payments.of_customer(customer.id, _BATCH)]
    order_ids += [each.id for each in await uow.orders.open_of(customer.id)]
    order_id = next((each for each in order_ids if short_reference(each) == order), None)
    return await uow.orders.get(order_id) if order_id is not None else None


async def _person(uow: UnitOfWork, fact: str, number: str) -> dict[str, str]:
    customer = await uow.customers.by_telegram_id(TelegramId(int(number))) if number.isdecimal() else None
    return {fact: f"{_name_of(customer)} · {number}"} if customer is not None else {}


async def _plan(
    uow: UnitOfWork, facts: Mapping[str, str], agreements: Sequence[Subscription], order: Order | None
) -> dict[str, str]:
    if facts.get("plan"):
        service_plan = await uow.plans.by_soft_id(facts["plan"])
        return {"plan": service_plan.name, "plan_id": str(service_plan.id)} if service_plan is not None else {}
    ids = [each.plan_id for each in agreements] or ([order.plan_id] if order is not None else [])
    plans = [plan for each in dict.fromkeys(ids) if (plan := await uow.plans.get(each)) is not None]
    if not plans:
        return {}
    return {"plan": ", ".join(plan.name for plan in plans), "plan_id": str(plans[0].id)}


def _at_provider(facts: Mapping[str, str], agreements: Sequence[Subscription]) -> dict[str, str]:
    """Return the name of the provider, and the ids under which staff can find the subscriptions at the provider."""
    if not agreements:
        return {}
    providers = dict.fromkeys(each.provider for each in agreements if each.provider)
    refs = [each.provider_ref for each in agreements if each.provider_ref]
    subscription = facts.get("subscription", "")
    # A subscription named by the provider's id keeps that id, for example one that ended at the same time.
    references = {} if subscription and not UUID_SHAPE.search(subscription) else {"subscription": ", ".join(refs)}
    return references if facts.get("provider") or not providers else references | {"provider": next(iter(providers))}


def _provider(facts: Mapping[str, str], gateways: GatewayRegistry) -> dict[str, str]:
    """Return the display name of the provider, if the provider is installed."""
    gateway_descriptor = gateways.descriptors().get(facts.get("provider", ""))
    return {"called": gateway_descriptor.list_name} if gateway_descriptor is not None else {}


async def _channels(uow: UnitOfWork, customer: Customer, agreements: Sequence[Subscription]) -> dict[str, str]:
    titles = []
    for each in agreements:
        plan = await uow.plans.get(each.plan_id)
        resources = await uow.resources.by_soft_ids(plan.opens) if plan is not None else []
        shared_chats = [await uow.resources.channel(resource.id) for resource in resources]
        own_channel = await uow.channels.personal_of(customer.id, each.plan_id)
        titles += [channel.title for channel in (own_channel, *shared_chats) if channel is not None]
    return {"channel": ", ".join(dict.fromkeys(titles))} if titles else {}


def _name_of(customer: Customer) -> str:
    """Return the customer's name, formatted like `Ana (@ana)`."""
    return f"{customer.first_name} (@{customer.username})" if customer.username else customer.first_name
