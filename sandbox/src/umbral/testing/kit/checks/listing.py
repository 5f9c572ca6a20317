"""Behaviors about the provider's list of events in a period: with several pages, read during new events, and read
during an outage.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayUnavailable,
    ListsEvents,
    PaymentEvent,
    PaymentGateway,
)
from umbral.testing.kit.behaviour import NotApplicable, Violated, behaviour, must
from umbral.testing.kit.buying import a_request, checkouts
from umbral.testing.kit.spine import open_spine
from umbral.testing.kit.stage import LOOK_S, QUIET_S, Stage

MANY: Final = 101
"""Number of events that does not fit on one page of most providers' lists."""
AT_ONCE: Final = 10
_SIGNING_IN: Final = ("token", "oauth", "login", "auth")

Names = frozenset[tuple[str, str | None]]
"""Reported events, as pairs of a kind and the id of the payment."""


@behaviour(
    44,
    "a list of more than a page is told whole, also where what stands on it changes while it is read",
    Capability.LIST_EVENTS,
)
async def whole(stage: Stage) -> None:
    since = _a_day_ago(stage)
    before = await _many(stage, since)
    async with _halfway(stage, since) as reading:
        await _refund_the_oldest(stage)
    meanwhile = await reading
    back = {("payment_completed", each.about_payment) for each in meanwhile}
    lost = _names(before) - _names(meanwhile) - back
    must(not lost, f"{len(lost)} of {len(before)} are not told, for something changed while the list was read")
    after = await _listed(stage.gateway, since, _soon(stage))
    must(_names(after) - _names(before), "what changed while the list was read is told by none")


@behaviour(45, "a span that is asked for twice tells the same by the same keys, each once", Capability.LIST_EVENTS)
async def twice(stage: Stage) -> None:
    since = _a_day_ago(stage)
    await _many(stage, since)
    # Both lists use one period: the clock advances between them, and a period that ended at the current time would
    # change.
    until = _soon(stage)
    keys = [each.event_key for each in await _listed(stage.make(), since, until)]
    must(len(set(keys)) == len(keys), f"{len(keys)} events have {len(set(keys))} keys")
    # The second list is read by a new gateway, as in another process.
    again = {each.event_key for each in await _listed(stage.make(), since, until)}
    # New events may have occurred meanwhile; an event that was listed before keeps its key.
    lost = set(keys) - again
    must(not lost, f"asked for twice, {len(lost)} of {len(keys)} events have another key")


@behaviour(46, "what was delivered counts once, however it is listed", Capability.LIST_EVENTS, apart=True)
async def counts_once(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    before = await spine.holding(sale)
    await spine.ask()
    must((await spine.holding(sale)).shape == before.shape, "what was delivered counts once more when it is listed")
    must(await spine.ask() == 0, "asked once more, it tells of something new, and nothing has happened")
    unheard, late = await spine.sell()
    await spine.ask()
    await spine.deliver(*late)
    paid = len((await spine.holding(unheard)).payments)
    must(paid == 1, f"a payment that was listed and then delivered counts {paid} times")


@behaviour(
    47,
    "a provider that goes away in the middle of a list has not told all of it, and tells it when it is back",
    Capability.LIST_EVENTS,
)
async def away(stage: Stage) -> None:
    since = _a_day_ago(stage)
    before = _names(await _many(stage, since))
    async with _halfway(stage, since) as reading, stage.faults({"do": "error", "code": 503}):
        await stage.control("POST", "faults/release")
        (cut,) = await asyncio.gather(reading, return_exceptions=True)
    if isinstance(cut, BaseException) and not isinstance(cut, GatewayUnavailable):
        raise cut
    must(
        isinstance(cut, BaseException) or _names(cut) >= before,
        "it goes away in the middle of a list, and that counts as all of it",
    )
    after = _names(await _listed(stage.gateway, since, _soon(stage)))
    must(after >= before, f"{len(before - after)} of {len(before)} are not told once it is back")


def _a_day_ago(stage: Stage) -> datetime:
    """Return the start of the lists in a behaviour: a day ago. Each behaviour calls this function once, because a later
    result could exclude the first events.
    """
    return stage.clock.now() - timedelta(days=1)


def _soon(stage: Stage) -> datetime:
    """Return an end for a list of all events so far: one second from now."""
    return stage.clock.now() + timedelta(seconds=1)


async def _listed(gateway: PaymentGateway, since: datetime, until: datetime) -> Sequence[PaymentEvent]:
    if not isinstance(gateway, ListsEvents):
        raise Violated("it claims list_events and has no list_events")
    return await gateway.list_events(since, until)


def _names(events: Sequence[PaymentEvent]) -> Names:
    return frozenset((each.kind, each.payment_key or each.event_key) for each in events)


@asynccontextmanager
async def _halfway(stage: Stage, since: datetime) -> AsyncIterator[asyncio.Future[Sequence[PaymentEvent]]]:
    """Start to read the list, and yield the future of its result. The provider has answered the first call; further
    calls remain unanswered until the block ends.
    """
    gateway = stage.make()
    async with stage.faults({"do": "hold_before"}):
        reading = asyncio.ensure_future(_listed(gateway, since, _soon(stage)))
        try:
            await _first_answer(stage, reading)
            yield reading
        except BaseException:
            reading.cancel()
            raise


async def _first_answer(stage: Stage, reading: asyncio.Future[Sequence[PaymentEvent]]) -> None:
    """Release held calls until a call other than a login has been answered and another call is held, or no call is
    left.
    """
    answered, after = False, max([each["id"] for each in await stage.calls()], default=0)
    while (call := await _waiting(stage, reading, after)) is not None and not answered:
        answered, after = not any(word in call["method"].lower() for word in _SIGNING_IN), call["id"]
        await stage.control("POST", "faults/release")


async def _waiting(stage: Stage, reading: asyncio.Future[Sequence[PaymentEvent]], after: int) -> dict[str, Any] | None:
    ends = asyncio.get_running_loop().time() + QUIET_S
    while not reading.done():
        held = [each for each in await stage.calls(after) if each["state"] == "held"]
        if held:
            return held[0]
        must(asyncio.get_running_loop().time() < ends, "reading the list does not come to an end")
        await asyncio.sleep(LOOK_S)
    return None


async def _many(stage: Stage, since: datetime) -> Sequence[PaymentEvent]:
    """Return more events than fit on a page. Purchases are made as needed."""
    had = await _listed(stage.make(), since, _soon(stage))
    bought = await _buy(stage, MANY - len(had)) if len(had) < MANY else 0
    # Earlier purchases and refunds may be listed a moment later, and would be new in the next list.
    await stage.quiet()
    found = await _listed(stage.make(), since, _soon(stage))
    must(len(found) >= min(MANY, len(had) + bought), f"{bought} purchases more, and {len(found)} events are listed")
    return found


async def _buy(stage: Stage, count: int) -> int:
    """Make and pay this number of purchases, several at a time, without processing the provider's deliveries. Return
    the number.
    """
    price = (await a_request(stage)).price_ref
    for start in range(0, count, AT_ONCE):
        some = [await a_request(stage, price_ref=price) for _ in range(start, min(start + AT_ONCE, count))]
        made = await asyncio.gather(*(stage.gateway.create_checkout_session(each) for each in some))
        urls = {each.url for each in made}
        for each in await checkouts(stage):
            if each["url"] in urls:
                await stage.control("POST", f"checkouts/{each['id']}/pay")
    return count


async def _refund_the_oldest(stage: Stage) -> None:
    """Refund the oldest refundable payment, which is on the last page of the provider's list (newest first). The
    control API lists the oldest payment first.
    """
    known = (await stage.control("GET", "payments"))["payments"]
    for each in [each for each in known if each["provider"] == stage.code and each["state"] == "paid"]:
        try:
            await stage.control("POST", f"payments/{stage.code}/{each['id']}/refund")
        except NotApplicable:
            continue
        return
    raise NotApplicable("nothing that was paid can be given back")
