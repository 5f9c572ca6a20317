"""Behaviors about unusual contents of webhook deliveries, none of which may cause an unexpected exception."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import (
    Capability,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    TakesChatPayments,
    WebhookRequest,
)
from umbral.testing.gateways import webhook_faults
from umbral.testing.kit import crafting, payloads
from umbral.testing.kit.behaviour import NotApplicable, Violated, behaviour, must
from umbral.testing.kit.buying import Bought, buy, paid_event
from umbral.testing.kit.spine import open_spine
from umbral.testing.kit.stage import Stage
from umbral.testing.kit.trying import attempt, harmless, knock, open_endpoint

UNKNOWN: Final = "conformance_unknown"
MOST_PATHS: Final = 150
HOSTILE: Final = {
    "an array": "[]",
    "a text": '"x"',
    "a number": "5",
    "null": "null",
    "an empty object": "{}",
    "no JSON": "<html>",
    "deep nesting": "[" * 50_000,
    "a megabyte of text": '{"x": "' + "y" * 1_000_000 + '"}',
}
TOO_LARGE: Final = b'{"x": "' + b"y" * 1_100_000 + b'"}'


@behaviour(10, "a body that makes no sense is refused, whatever it is")
async def senseless_body(stage: Stage) -> None:
    faults = await webhook_faults(stage.gateway, stage.clock.now())
    must(not faults, "; ".join(faults))
    await buy(stage)
    signed = [(what, _signed_or_none(stage, body)) for what, body in HOSTILE.items()]
    async with open_endpoint(stage, stage.gateway) as client:
        for what, post in signed:
            if post is not None:
                await harmless(stage, post, f"{what}, signed")
                status = await knock(stage, client, post)
                must(status in {200, 400, 413}, f"{what}, signed, is answered with {status}")
        large = WebhookRequest(headers={}, body=TOO_LARGE, received_at=stage.clock.now())
        must(await knock(stage, client, large) == 413, "more than a megabyte is not answered with 413")


def _signed_or_none(stage: Stage, body: str) -> WebhookRequest | None:
    try:
        return crafting.signed(stage, body)
    except NotApplicable:
        return None


@behaviour(11, "an event of an unknown type is ignored")
async def unknown_type(stage: Stage) -> None:
    bought = await buy(stage)
    if stage.has(Capability.IN_CHAT):
        gateway = stage.gateway
        update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "hi", "chat": {"id": 1}}}
        strange = gateway.seal_update(update, stage.clock.now()) if isinstance(gateway, TakesChatPayments) else None
        must(strange is None, "an update that is not about money is taken for one")
        return
    post, event = await paid_event(stage, bought)
    words = {event.raw_type, *event.raw_type.replace(":", ".").replace("/", ".").split(".")}
    content = crafting.content_of(stage, post)
    strange_content = crafting.rewritten(content, lambda value: UNKNOWN if value in words else value)
    must(strange_content != content, f"raw_type {event.raw_type!r} stands nowhere in the delivery")
    found = await attempt(stage, crafting.signed(stage, strange_content), "an unknown type")
    kind = found.kind if isinstance(found, PaymentEvent) else type(found).__name__
    must(kind is PaymentEventKind.IGNORED, f"an unknown type is not ignored: {kind}")


@behaviour(12, "a known event that lacks something is no reason to fall over")
async def lacks_something(stage: Stage) -> None:
    bought = await buy(stage)
    for post in await _one_of_each_type(stage, bought):
        content = crafting.content_of(stage, post)
        for path, less in _with_less(content):
            try:
                made = crafting.signed(stage, less)
            except NotApplicable:
                continue
            await attempt(stage, made, f"without {'.'.join(map(str, path))}")


async def _one_of_each_type(stage: Stage, bought: Bought) -> list[WebhookRequest]:
    by_type = {(await stage.gateway.parse_webhook(post)).raw_type: post for post in bought.posts}
    return list(by_type.values())


def _with_less(content: Any) -> Iterator[tuple[crafting.Path, Any]]:
    """For each of the first 150 parts, yield its path with a copy without the part, and with a copy in which it is
    null.
    """
    paths: dict[crafting.Path, None] = {}
    for leaf, _ in crafting.leaves(content):
        for length in range(1, len(leaf) + 1):
            paths[leaf[:length]] = None
    for path in list(paths)[:MOST_PATHS]:
        yield path, crafting.without(content, path)
        yield path, crafting.changed(content, path, None)


@behaviour(13, "an event that speaks of nobody we know gives nothing to anybody")
async def nobody_we_know(stage: Stage) -> None:
    bought = await buy(stage)
    post, event = await paid_event(stage, bought)
    ours = {bought.request.order_id, str(bought.request.telegram_id)}

    def stranger(value: Any) -> Any:
        if isinstance(value, str) and any(word in value for word in ours):
            return "somebody-elses"
        return 1 if value == bought.request.telegram_id else value

    content = crafting.rewritten(crafting.content_of(stage, post), stranger)
    posts = [crafting.signed(stage, content)]
    found = await attempt(stage, posts[0], "without our references")
    said = found.order_id if isinstance(found, PaymentEvent) else None
    must(said != bought.request.order_id, "it names an order that does not stand in the delivery")
    spine = await open_spine(stage)
    if isinstance(found, PaymentEvent):
        await spine.deliver(*posts)
    async with spine.container.core.units()() as uow:
        counted = await uow.payments.by_key(stage.code, event.payment_key or "")
    must(counted is None, "money for an order nobody made was counted")


@behaviour(31, "an event of the other mode, test or live, is refused")
async def other_mode(stage: Stage) -> None:
    post, event = await paid_event(stage, await buy(stage))
    if event.livemode is None:
        raise NotApplicable("its deliveries do not say whether they are of test mode")
    content = crafting.content_of(stage, post)
    flips = [(path, value) for path, value in crafting.leaves(content) if isinstance(value, bool)]
    refusals = 0
    for path, value in flips:
        made = crafting.signed(stage, crafting.changed(content, path, not value))
        found = await attempt(stage, made, f"{'.'.join(map(str, path))} turned round")
        other = isinstance(found, PaymentEvent) and found.livemode is not event.livemode
        must(not other, "an event of the other mode is believed")
        refusals += isinstance(found, MalformedWebhook)
    must(refusals, "no event of the other mode is refused: where the delivery says it, nobody looks")


@behaviour(41, "recorded deliveries of the real provider are read without falling over")
async def recorded(stage: Stage) -> None:
    folder = payloads.folder_of(stage.code)
    if folder is None:
        raise NotApplicable(f"{payloads.SETTING} names no folder with recordings of this provider")
    await buy(stage)
    for path, content in payloads.contents(folder):
        try:
            post = crafting.signed(stage, content)
        except NotApplicable:
            continue
        found = await attempt(stage, post, path.name)
        if isinstance(found, PaymentEvent):
            must(found.event_key, f"{path.name}: an event without its key")
            again = await stage.gateway.parse_webhook(replace(post))
            if again != found:
                raise Violated(f"{path.name}: read twice, it is two different events")
