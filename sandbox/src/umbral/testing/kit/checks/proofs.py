"""Behaviours about the proof that a delivery comes from the provider."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.ports.payment_gateway import (
    CompletesEvents,
    Misconfigured,
    PaymentEvent,
    PaymentGateway,
    WebhookRequest,
)
from umbral.testing.kit import crafting
from umbral.testing.kit.behaviour import NotApplicable, Violated, behaviour, must
from umbral.testing.kit.buying import Bought, buy, events, paid_event
from umbral.testing.kit.stage import Stage
from umbral.testing.kit.tenants import another_tenant, doubled
from umbral.testing.kit.trying import attempt, knock, open_endpoint, proof_headers, refused, with_header

FLIPS = 6
LONG = timedelta(days=365)


@behaviour(1, "a genuine webhook is read right: kind, keys, amount, currency, references")
async def reads_right(stage: Stage) -> None:
    bought = await buy(stage)
    _, event = await paid_event(stage, bought)
    must(event.provider == stage.code, f"the event's provider is {event.provider!r}")
    must(event.event_key, "the event has no event_key")
    must(event.amount == bought.request.amount, f"{bought.request.amount} were paid, the event says {event.amount}")
    keys = [each.event_key for each in await events(stage, bought.posts)]
    must(len(keys) == len(set(keys)), "two deliveries about different things have one event_key")
    must(await _leads_to_order(stage, event, bought), "nothing in the event leads to our order")


async def _leads_to_order(stage: Stage, event: PaymentEvent, bought: Bought) -> bool:
    gateway = stage.gateway
    if isinstance(gateway, CompletesEvents):
        event = await gateway.complete_event(event)
    if event.order_id is not None:
        return event.order_id == bought.request.order_id
    if event.checkout_ref is not None:
        return event.checkout_ref == bought.session.id
    found = await gateway.fetch_subscription(event.subscription_ref) if event.subscription_ref else None
    return found is not None and found.order_id == bought.request.order_id


@behaviour(2, "one flipped byte of the body is a forgery")
async def flipped_byte(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    if not crafting.covers_body(stage, crafting.content_of(stage, post)):
        raise NotApplicable("the proof of origin is not about the body")
    indexes = [index for index, byte in enumerate(post.body) if chr(byte).isalnum() and byte < 128]
    for index in indexes[:: max(1, len(indexes) // FLIPS)]:
        flipped = bytearray(post.body)
        flipped[index] = ord("7" if flipped[index] != ord("7") else "8")
        try:
            json.loads(flipped)
        except ValueError:
            continue
        await refused(stage, replace(post, body=bytes(flipped)), f"byte {index} flipped")


@behaviour(3, "a delivery without a signature is a forgery")
async def unsigned(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    await refused(stage, crafting.unsigned(stage, post), "without any proof")
    for name in await proof_headers(stage, post):
        await refused(stage, with_header(post, name, ""), f"with an empty {name}")


@behaviour(4, "an empty or blank secret switches it off, and its door is closed")
async def blank_secret(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    for name in sorted(stage.own_settings):
        for blank in ("", "  "):
            gateway = _with_blank(stage, name, blank)
            if gateway is not None:
                await refused(stage, crafting.unsigned(stage, post), f"with a blank {name}, no proof", gateway)
    nothing = dict.fromkeys(stage.own_settings, "")
    off = stage.subject.descriptor.settings.from_environ(stage.environ | nothing)
    must(off is None, "without any setting it is not switched off")
    async with open_endpoint(stage, None) as client:
        status = await knock(stage, client, post)
        must(status == 404, f"switched off, its door answers {status} and not 404")


def _with_blank(stage: Stage, name: str, blank: str) -> PaymentGateway | None:
    """Return a gateway with a blank secret; None if the blank secret disables the gateway or is refused, as it should
    be.
    """
    try:
        if stage.subject.descriptor.settings.from_environ(stage.environ | {name: blank}) is None:
            return None
    except Misconfigured as wrong:
        must(str(wrong), f"a blank {name} is refused without a word")
        return None
    return stage.make(stage.environ | {name: blank})


@behaviour(5, "what was signed for somebody else is a forgery")
async def other_tenant(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    async with another_tenant(stage) as tenant:
        await refused(stage, tenant.signed(crafting.content_of(stage, post)), "signed with another seller's secret")


@behaviour(6, "while a secret is changed, the old and the new one are both good")
async def rotated(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    content = crafting.content_of(stage, post)
    async with another_tenant(stage) as tenant:
        name = doubled(stage, tenant)
        if name is None:
            raise NotApplicable("no setting takes two secrets at a time")
        second = tenant.signed(content)
        alone = await attempt(stage, second, "signed for another seller, by their settings", stage.make(tenant.environ))
        if not isinstance(alone, PaymentEvent):
            raise NotApplicable("another seller's deliveries are proven by more than the settings, as by a certificate")
        both = stage.make(stage.environ | {name: f"{stage.environ[name]},{tenant.environ[name]}"})
        for what, one in (("first", crafting.signed(stage, content)), ("second", second)):
            found = await attempt(stage, one, f"signed with the {what} of two secrets", both)
            must(isinstance(found, PaymentEvent), f"with two secrets in {name}, the {what} one is not good")


@behaviour(7, "a delivery signed long ago is refused")
async def stale(stage: Stage) -> None:
    await _at_another_time(stage, stage.clock.now() - LONG, "a year ago")


@behaviour(8, "a delivery signed in the future is refused")
async def early(stage: Stage) -> None:
    await _at_another_time(stage, stage.clock.now() + LONG, "in a year")


async def _at_another_time(stage: Stage, moment: datetime, when: str) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    made = crafting.signed(stage, crafting.content_of(stage, post), moment)
    said = " ".join(made.headers.values()) + made.body.decode(errors="replace")
    if str(int(moment.timestamp())) not in said and f"{moment:%Y-%m-%dT%H:%M:%S}" not in said:
        raise NotApplicable("the proof of origin holds no time")
    await refused(stage, made, f"signed {when}")


@behaviour(9, "a signature with odd characters is refused, not tripped over")
async def odd_signature(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    odd = [
        *[with_header(post, name, f"{post.headers[name][:-1]}é") for name in await proof_headers(stage, post)],
        *_odd_seals(stage, post),
    ]
    must(odd, "no header and no member of the body proves where a delivery comes from")
    async with open_endpoint(stage, stage.gateway) as client:
        for each in odd:
            found = await attempt(stage, each, "a signature with é in it")
            must(not isinstance(found, PaymentEvent), "a signature with é in it is believed")
            status = await knock(stage, client, each)
            must(status == 400, f"a signature with é in it is answered with {status} and not 400")


def _odd_seals(stage: Stage, post: WebhookRequest) -> list[WebhookRequest]:
    content: Any = json.loads(post.body)
    if not isinstance(content, dict):
        return []
    return [
        replace(post, body=json.dumps({**content, name: f"{content[name]}é"}).encode())
        for name in crafting.seal_members(stage, content)
        if name in content
    ]


@behaviour(19, "the signature is about the bytes: another order of members breaks it")
async def reordered(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    content = crafting.content_of(stage, post)
    if not crafting.covers_body(stage, content):
        raise NotApplicable("the proof of origin is not about the body")
    raw = json.loads(post.body)
    if not isinstance(raw, dict):
        raise Violated("the delivery is no object")
    backwards = dict(reversed(list(raw.items())))
    await refused(stage, replace(post, body=json.dumps(backwards).encode()), "members in another order")
