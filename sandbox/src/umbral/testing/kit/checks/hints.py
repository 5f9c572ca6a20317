"""Behaviors about forged webhook deliveries: access is given or removed only if the provider itself has a record of the
event.
"""

from __future__ import annotations

from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import Capability, RefundsPayments, WebhookRequest
from umbral.testing.kit import crafting
from umbral.testing.kit.behaviour import behaviour, must
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import Stage

INVENTED: Final = "9"
"""Character that replaces the last characters of an id, which gives an id that the provider never issued."""
REMEDY: Final = "; complete_event has to ask the provider, and to ignore what it has not on record"


@behaviour(
    43,
    "a genuine proof on invented content gives nothing and takes nothing",
    either=(Capability.FETCH, Capability.LIST_EVENTS),
)
async def invented(stage: Stage) -> None:
    spine = await open_spine(stage)
    paid, posts = await spine.sell()
    await spine.deliver(*posts)
    before = await spine.holding(paid)
    await spine.deliver(*await _reworded(stage, posts, await _renamed(stage, posts)))
    shape = (await spine.holding(paid)).shape
    must(shape == before.shape, f"an invented payment adds time to what was paid for{REMEDY}")
    unpaid = await spine.checkout(await spine.plan())
    whose = {str(paid.view.order_id): str(unpaid.view.order_id), str(paid.telegram_id): str(unpaid.telegram_id)}
    checkouts = await _checkouts(spine, paid, unpaid)
    await spine.deliver(*await _reworded(stage, posts, await _renamed(stage, posts) | whose | checkouts))
    must(not (await spine.holding(unpaid)).enters, f"an invented payment lets somebody in who paid nothing{REMEDY}")
    if isinstance(stage.gateway, RefundsPayments):
        await _invented_refund(spine, paid)


async def _invented_refund(spine: Spine, kept: Sale) -> None:
    """Check that a genuine delivery about one customer's refund has no effect after its ids were replaced by those of
    another customer's payment. kept: sale of the other customer.
    """
    stage, gateway = spine.stage, spine.stage.gateway
    returned, posts = await spine.sell()
    await spine.deliver(*posts)
    payment, other = (await spine.holding(returned)).payments[0], (await spine.holding(kept)).payments[0]
    mark = len(await stage.heard())
    if isinstance(gateway, RefundsPayments):
        key = f"refund:{payment.id}:invented"
        await gateway.refund_payment(payment.payment_key, None, idempotency_key=key, telegram_id=returned.telegram_id)
    told = await stage.heard(mark)
    whose = {
        str(returned.view.order_id): str(kept.view.order_id),
        str(returned.telegram_id): str(kept.telegram_id),
        payment.payment_key: other.payment_key,
    }
    await spine.deliver(*await _reworded(stage, told, await _renamed(stage, told) | whose))
    must((await spine.holding(kept)).enters, f"an invented refund puts somebody out whose money stayed{REMEDY}")


async def _renamed(stage: Stage, posts: list[WebhookRequest]) -> dict[str, str]:
    """Return invented ids to replace the ids of the deliveries' events and payments, keyed by the genuine id."""
    found = [await stage.gateway.parse_webhook(post) for post in posts]
    names = {name for event in found for name in (event.event_key, event.payment_key) if name is not None}
    return {name: f"{name[:-3]}{INVENTED * 3}" for name in names}


async def _checkouts(spine: Spine, paid: Sale, unpaid: Sale) -> dict[str, str]:
    async with spine.container.core.units()() as uow:
        one, other = [(await uow.orders.attempts(sale.view.order_id))[0].session_ref for sale in (paid, unpaid)]
    return {one: other} if one is not None and other is not None else {}


async def _reworded(stage: Stage, posts: list[WebhookRequest], words: dict[str, str]) -> list[WebhookRequest]:
    def reword(value: Any) -> Any:
        if isinstance(value, str):
            for old, new in words.items():
                value = value.replace(old, new)
        return value

    return [crafting.signed(stage, crafting.rewritten(crafting.content_of(stage, post), reword)) for post in posts]
