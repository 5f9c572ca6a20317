"""Behavior about events at the provider that no webhook reports, which must be found by fetching the list of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, WebhookRequest
from umbral.testing.kit.behaviour import NotApplicable, behaviour, must
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import Stage


@dataclass(frozen=True)
class Silence:
    """Event at the provider that no webhook reports.

    act: the event, as an action of the simulator
    then: event that follows; None if no other event follows
    part: divisor of the amount for a partial refund; None for the full amount
    enters: True if the customer may enter the channel afterwards
    """

    act: str
    then: str | None = None
    part: int | None = None
    enters: bool = False


PLAYS: Final = (
    Silence("refund"),
    Silence("refund", part=4, enters=True),
    Silence("dispute"),
    Silence("dispute", "win_dispute", enters=True),
    Silence("dispute", "lose_dispute"),
)


@behaviour(
    42,
    "a refund or dispute that nobody told is found by asking, and counts once, whoever tells it late",
    Capability.LIST_EVENTS,
    apart=True,
)
async def found_by_asking(stage: Stage) -> None:
    spine = await open_spine(stage)
    must([await _plays(spine, what) for what in PLAYS].count(True), "no money goes back at this provider")


async def _plays(spine: Spine, what: Silence) -> bool:
    """Run the event and check its effects; return False if the event cannot happen at this provider."""
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    await spine.ask()
    must(await spine.ask() == 0, "asked once more, it tells of something new, and nothing has happened")
    payment = (await spine.holding(sale)).payments[0]
    amount = payment.amount if what.part is None else Money(payment.amount.minor // what.part, payment.amount.currency)
    try:
        late = await _unheard(spine, sale, what, amount)
    except NotApplicable:
        return False
    await _follows(spine, sale, payment, what, amount)
    before = (await spine.holding(sale)).shape
    await spine.deliver(*late)
    must((await spine.holding(sale)).shape == before, f"told late, a {what.act} counts a second time")
    # No webhook reports the product's own reaction at the provider either.
    await spine.ask()
    must(await spine.ask() == 0, f"asked once more, it tells of the {what.act} again")
    return True


async def _unheard(spine: Spine, sale: Sale, what: Silence, amount: Money) -> list[WebhookRequest]:
    order = {} if what.part is None else {"amount": amount.decimal}
    late = await spine.befalls(sale, what.act, **order)
    must(await spine.ask(), f"nobody told of a {what.act}, and asking does not find it")
    if what.then is not None:
        late += await spine.befalls(sale, what.then)
        must(await spine.ask(), f"nobody told of a {what.then}, and asking does not find it")
    return late


async def _follows(spine: Spine, sale: Sale, payment: Payment, what: Silence, amount: Money) -> None:
    holding = await spine.holding(sale)
    must(holding.enters is what.enters, f"after a {what.act} that nobody told, entering is {holding.enters}")
    if what.act == "refund":
        back = await spine.refunded(payment)
        must(back == amount.minor, f"{amount} went back, and {back} minor units of it were found by asking")
    if what.then == "lose_dispute":
        over = holding.subscription.status is SubscriptionStatus.EXPIRED
        must(over, f"a dispute was lost that nobody told of, and the subscription is {holding.subscription.status}")
