"""Behaviours about values: amounts are exact, times have a time zone, and unknown statuses are never guessed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    FetchesCheckouts,
    GatewayRejected,
    PaymentEvent,
    ProviderStatus,
)
from umbral.testing.kit.behaviour import Violated, behaviour, must
from umbral.testing.kit.buying import a_price, buy, events, paid_event, paid_in, price_of, subscription_of
from umbral.testing.kit.checks.contents import UNKNOWN
from umbral.testing.kit.rewriting import rewriting_wire
from umbral.testing.kit.stage import Stage

ODD: Final = (Money(1001, "EUR"), Money(3000, "JPY"), Money(12_340, "KWD"), Money(1500, "XTR"))
"""Amounts that a float, or a wrong number of decimals, would distort."""


@behaviour(29, "amounts are exact in every currency it takes: none, two and three decimals")
async def exact_amounts(stage: Stage) -> None:
    taken = stage.subject.descriptor.currencies
    wanted = [money for money in ODD if taken is None or money.currency in taken]
    for money in wanted or [price_of(stage)]:
        try:
            bought = await buy(stage, amount=money)
        except GatewayRejected as refusal:
            raise Violated(f"it takes {money.currency} by its descriptor, and refuses {money}: {refusal}") from refusal
        _, event = await paid_event(stage, bought)
        must(event.amount == money, f"{money} were paid, the event says {event.amount}")
        for name, word in event.evidence.items():
            must(isinstance(word, str), f"evidence {name} is {type(word).__name__}, not text as it came")


@behaviour(34, "every time it tells is aware and in UTC")
async def aware_times(stage: Stage) -> None:
    bought = await buy(stage)
    told: list[Any] = [bought.session, *await events(stage, bought.posts)]
    refs = {each.subscription_ref for each in told if isinstance(each, PaymentEvent)} - {None}
    told += [await stage.gateway.fetch_subscription(str(ref)) for ref in refs]
    gateway = stage.gateway
    if isinstance(gateway, FetchesCheckouts):
        state = await gateway.fetch_checkout(bought.session.id)
        told.append(state.event if state is not None else None)
    for one in told:
        for name, moment in _moments(one):
            aware = moment.utcoffset() == timedelta(0)
            must(aware, f"{type(one).__name__}.{name} is {moment.isoformat()}: not in UTC, or not aware")


def _moments(value: Any) -> Iterator[tuple[str, datetime]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            found = getattr(value, field.name)
            if isinstance(found, datetime):
                yield field.name, found


@behaviour(35, "a state it does not know grants nothing new", Capability.FETCH, Capability.RECURRING)
async def unknown_state(stage: Stage) -> None:
    bought = await buy(stage)
    ref = await subscription_of(stage, bought)
    async with rewriting_wire(stage.sandbox.url, _strange_state) as wire:
        gateway = stage.make(wire.instead_of(stage.sandbox.url, stage.environ))
        found = await gateway.fetch_subscription(ref)
    must(wire.rewritten, "the provider's answer to fetch_subscription tells no state")
    granting = {ProviderStatus.ACTIVE, ProviderStatus.TRIALING}
    must(found is None or found.status not in granting, f"a state it cannot know is {found and found.status}")


@behaviour(
    48,
    "a first period alone costs less: so much is charged, the next ones in full",
    Capability.RECURRING,
    Capability.FIRST_PRICE,
)
async def first_price(stage: Stage) -> None:
    full = price_of(stage)
    less = Money(full.minor * 4 // 5, full.currency)
    price_ref = await a_price(stage, full) if stage.has(Capability.PRICE_OBJECTS) else None
    bought = await buy(stage, amount=less, later=full, price_ref=price_ref)
    _, first = await paid_event(stage, bought)
    must((first.regular or first.amount) == less, f"{less} were asked for at first, the event says {first.amount}")
    ref = await subscription_of(stage, bought)
    found = await stage.gateway.fetch_subscription(ref)
    must(found is None or found.price in {None, full}, f"each period costs {full}, it says {found and found.price}")
    before = len(await stage.heard())
    known = (await stage.control("GET", "subscriptions"))["subscriptions"]
    mine = [each["id"] for each in known if each["provider"] == stage.code and each["id"] in ref]
    await stage.control("POST", f"subscriptions/{stage.code}/{mine[0]}/renew", None)
    await stage.quiet()
    second = await paid_in(stage, await stage.heard(before))
    must((second.regular or second.amount) == full, f"the second period costs {full}, the event says {second.amount}")


def _strange_state(name: str, value: Any) -> Any:
    return UNKNOWN if name in {"status", "state"} and isinstance(value, str) else value
