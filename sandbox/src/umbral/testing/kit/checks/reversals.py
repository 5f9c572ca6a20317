"""Behaviors about refunds, disputes, wrong amounts, and payments that belong to other customers."""

from __future__ import annotations

from dataclasses import replace

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import EVIDENCE_TOO_LARGE
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    DisputeAnswer,
    FetchesDisputes,
    GatewayRejected,
    RefundsPayments,
    TakesEvidence,
    WebhookRequest,
)
from umbral.testing.kit import crafting
from umbral.testing.kit.behaviour import Violated, behaviour, must
from umbral.testing.kit.buying import a_request, paid_in, pay
from umbral.testing.kit.spine import Sale, Spine, open_spine
from umbral.testing.kit.stage import Stage


@behaviour(26, "refunds in parts and in full: the sum is right, never more than was paid", Capability.REFUND)
async def refunds(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    payment = (await spine.holding(sale)).payments[0]
    part = Money(payment.amount.minor // 4, payment.amount.currency)
    for key in ("one", "one", "two"):
        await _refund(spine, sale, payment, part, key)
    must(await spine.refunded(payment) in {0, 2 * part.minor}, "refunds in parts do not add up")
    must((await spine.holding(sale)).enters, "a refund of a part ends access")
    must(await _refund(spine, sale, payment, None, "rest"), "a refund of the rest is not answered with True")
    must(await _refund(spine, sale, payment, None, "again"), "a refund that was made before is not True")
    total = await spine.refunded(payment)
    must(total == payment.amount.minor, f"of {payment.amount} {total} minor units went back")
    holding = await spine.holding(sale)
    must(not holding.enters, "refunded in full, the customer may still enter")


async def _refund(spine: Spine, sale: Sale, payment: Payment, amount: Money | None, key: str) -> bool:
    gateway = spine.stage.gateway
    if not isinstance(gateway, RefundsPayments):
        raise Violated("it claims refund and has no refund_payment")
    before = len(await spine.stage.heard())
    try:
        done = await gateway.refund_payment(
            payment.payment_key,
            amount,
            idempotency_key=f"refund:{payment.id}:{key}",
            telegram_id=sale.telegram_id,
        )
    except GatewayRejected:
        # A provider may support full refunds only; then a partial refund is refused, and nothing changes.
        must(amount is not None, f"asked to give back the {key}, it refuses; where all went back before, that is True")
        return False
    await spine.deliver(*await spine.stage.heard(before))
    return done


@behaviour(27, "a refund heard of before its payment takes that payment's time, and no other", Capability.REFUND)
async def refund_first(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale, posts = await spine.sell()
    key = (await paid_in(stage, posts)).payment_key or ""
    gateway = stage.gateway
    if not isinstance(gateway, RefundsPayments):
        raise Violated("it claims refund and has no refund_payment")
    mark = len(await stage.heard())
    await gateway.refund_payment(key, None, idempotency_key=f"refund:{key}", telegram_id=sale.telegram_id)
    await spine.receive(*await stage.heard(mark))
    await spine.work(rounds=1)
    await spine.deliver(*posts)
    holding = await spine.holding(sale)
    must(len(holding.payments) == 1, f"one refunded payment is counted {len(holding.payments)} times")
    refunded = await spine.refunded(holding.payments[0])
    must(refunded == holding.payments[0].amount.minor, "the refund that was heard of first is lost")
    must(not holding.enters, "refunded before it was heard of, the customer may enter")


@behaviour(28, "a dispute suspends, won it restores, lost it ends")
async def disputes(stage: Stage) -> None:
    spine = await open_spine(stage)
    for ending, enters in (("win_dispute", True), ("lose_dispute", False)):
        sale, posts = await spine.sell()
        await spine.deliver(*posts)
        await spine.deliver(*await spine.befalls(sale, "dispute"))
        must(not (await spine.holding(sale)).enters, "while a dispute is open, the customer may enter")
        await spine.deliver(*await spine.befalls(sale, ending))
        holding = await spine.holding(sale)
        must(holding.enters is enters, f"after {ending}, entering is {holding.enters}")
        over = holding.subscription.status is SubscriptionStatus.EXPIRED
        must(over is not enters, f"after {ending}, the subscription is {holding.subscription.status}")
    if isinstance(stage.gateway, FetchesDisputes):
        await _asked_about(spine)


async def _asked_about(spine: Spine) -> None:
    """Check that a dispute's status is fetched before a customer is removed, and when no delivery reports the dispute's
    end.
    """
    sale, opened = await _disputed(spine)
    await spine.befalls(sale, "win_dispute")
    await spine.deliver(*opened)
    must((await spine.holding(sale)).enters, "a dispute that was won before it was heard of puts the customer out")
    for ending, enters in (("win_dispute", True), ("lose_dispute", False)):
        sale, opened = await _disputed(spine)
        await spine.deliver(*opened)
        await spine.befalls(sale, ending)
        event = await spine.stage.gateway.parse_webhook(opened[0])
        await spine.container.worker.watch_dispute()(spine.stage.code, event.payment_key or "")
        await spine.work()
        holding = await spine.holding(sale)
        must(holding.enters is enters, f"after {ending}, which nobody told, entering is {holding.enters}")
        over = holding.subscription.status is SubscriptionStatus.EXPIRED
        must(over is not enters, f"after {ending}, which nobody told, it is {holding.subscription.status}")


async def _disputed(spine: Spine) -> tuple[Sale, list[WebhookRequest]]:
    """Return a sale, and the unprocessed deliveries about a dispute of its payment."""
    sale, posts = await spine.sell()
    await spine.deliver(*posts)
    return sale, await spine.befalls(sale, "dispute")


@behaviour(53, "evidence for a dispute is taken once, in time, and its outcome is followed", Capability.TAKE_EVIDENCE)
async def evidence(stage: Stage) -> None:
    spine = await open_spine(stage)
    gateway = stage.gateway
    if not isinstance(gateway, TakesEvidence):
        raise Violated("it claims take_evidence and has no submit_evidence")
    answer = DisputeAnswer(
        name="evidence-CONFORM",
        document=b"%PDF-1.7 conformance",
        customer="Żaneta Ольга",
        product="Retabet",
        began=spine.now(),
        activity="joined",
        summary="They joined. " * 1000,
    )
    for ending, enters in (("win_dispute", True), ("lose_dispute", False)):
        sale, opened = await _disputed(spine)
        await spine.deliver(*opened)
        key = (await stage.gateway.parse_webhook(opened[0])).payment_key or ""
        deadline = await gateway.dispute_deadline(key)
        must(deadline is not None and deadline.open, "a dispute that has just been opened takes no evidence")
        must(deadline is None or deadline.until is None or deadline.until > spine.now(), "its deadline is over at once")
        if enters:
            await _too_large(gateway, key, answer)
        for _ in range(2):
            taken = await gateway.submit_evidence(key, answer, idempotency_key=f"evidence:{key}")
            must(taken, "evidence is not taken, or its repetition is not answered as it was")
        deadline = await gateway.dispute_deadline(key)
        must(deadline is not None and not deadline.open, "evidence that was submitted is asked for again")
        await spine.deliver(*await spine.befalls(sale, ending))
        must((await spine.holding(sale)).enters is enters, f"after {ending}, entering is not {enters}")
        other = replace(answer, name="evidence-TOOLATE")
        late = await gateway.submit_evidence(key, other, idempotency_key=f"late:{key}")
        must(not late, "evidence for a dispute that was decided is taken")
    must(not await gateway.submit_evidence("dp_unknown", answer, idempotency_key="unknown"), "unknown, and taken")
    must(await gateway.dispute_deadline("dp_unknown") is None, "a dispute that nobody knows has a deadline")


async def _too_large(gateway: TakesEvidence, key: str, answer: DisputeAnswer) -> None:
    large = replace(answer, document=b"%PDF-1.7" + bytes(60 * 1024 * 1024))
    try:
        await gateway.submit_evidence(key, large, idempotency_key=f"large:{key}")
    except GatewayRejected as refusal:
        must(refusal.code == EVIDENCE_TOO_LARGE, f"a document that is too large is refused with {refusal.code}")
        return
    raise Violated("a document of 60 MB is taken")


@behaviour(30, "money that differs from what was asked for opens nothing, and is kept")
async def wrong_amount(stage: Stage) -> None:
    spine = await open_spine(stage)
    sale = await spine.checkout(await spine.plan())
    asked = sale.view.amount
    less = Money(asked.minor // 2, asked.currency)
    mark = len(await stage.heard())
    order = str(sale.view.order_id)
    key = f"conformance:{order}"
    whose = {"order_id": order, "telegram_id": sale.telegram_id, "plan": sale.plan.soft_id}
    request = await a_request(stage, **whose, amount=less, idempotency_key=key)
    session = await stage.gateway.create_checkout_session(request)
    await pay(stage, session.url)
    posts = await stage.heard(mark)
    must((await paid_in(stage, posts)).amount == less, f"{less} were paid, the event says something else")
    await spine.deliver(*posts)
    holding = await spine.holding(sale)
    must(not holding.enters, f"for {less} in place of {asked} the customer may enter")
    must(all(each.flag is not None for each in holding.payments), "money that does not fit is not set aside")


@behaviour(
    32,
    "somebody's order on somebody else's subscription takes nothing over",
    Capability.RECURRING,
    Capability.FETCH,
)
async def no_takeover(stage: Stage) -> None:
    spine = await open_spine(stage)
    victim, theirs = await spine.sell()
    thief = await spine.checkout(await spine.plan())
    for post in theirs:
        await spine.deliver(await _stolen(stage, post, victim, thief))
    taken = await spine.holding(thief)
    must(not taken.enters, "another customer's payment lets somebody in")
    must(all(each.flag is not None for each in taken.payments), "another customer's payment is counted for somebody")
    # A gateway that fetches the record finds the payer's own payment, and no other customer's.
    own = (await spine.holding(victim)).payments
    must(all(each.amount == victim.view.amount for each in own), "somebody else's order is counted for the payer")


async def _stolen(stage: Stage, post: WebhookRequest, victim: Sale, thief: Sale) -> WebhookRequest:
    """Return a forged copy of the delivery with a new id, in which the victim's order and Telegram id are replaced by
    the thief's.
    """
    event = await stage.gateway.parse_webhook(post)
    swap = {
        str(victim.view.order_id): str(thief.view.order_id),
        str(victim.telegram_id): str(thief.telegram_id),
        event.event_key: f"{event.event_key}-stolen",
    }

    def rewrite(value: object) -> object:
        if isinstance(value, str):
            for mine, other in swap.items():
                value = value.replace(mine, other)
        return value

    return crafting.signed(stage, crafting.rewritten(crafting.content_of(stage, post), rewrite))
