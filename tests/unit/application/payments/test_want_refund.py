"""Refunds requested by staff: the preview of their effect on access, and the amount refunded by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import Effect, NothingToDo
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import RefundPolicy
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, PaymentEventKind
from subscriptions.infrastructure.payments.paypal import amounts as paypal
from subscriptions.infrastructure.payments.stripe import amounts as stripe
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

WHY = {"reason": "lo pidió"}


async def paid(shop: Shop) -> Payment:
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(customer, plan)).payment
    assert payment is not None
    return payment


async def shown(shop: Shop, payment: Payment, amount: str = "") -> Effect:
    effect = await Staff(shop).run.preview(SHELL, "refund", str(payment.id), {**WHY, "amount": amount})
    assert effect is not None
    return effect


async def test_refund_without_an_amount_returns_the_remaining_amount(shop: Shop) -> None:
    payment, act, wish = await paid(shop), Staff(shop), uuid4()
    part = await act(SHELL, "refund", payment.id, amount="10", **WHY)
    rest = [await act(SHELL, "refund", payment.id, wish, **WHY) for _ in range(3)]

    assert part.facts == {"amount": Money(1000, payment.amount.currency)}
    assert {each.facts["amount"] for each in rest} == {payment.amount - Money(1000, payment.amount.currency)}
    assert sorted(job["minor"] for job in await shop.jobs("core.refund_payment")) == [1000, payment.amount.minor - 1000]
    with pytest.raises(InputsRefused) as nothing_left:
        await act(SHELL, "refund", payment.id, **WHY)
    assert nothing_left.value.errors["amount"].key == "amount_left"
    with pytest.raises(OperationConflict):
        await act(SHELL, "refund", payment.id, wish, amount="1", **WHY)


async def test_preview_of_a_refund_shows_its_effect_on_access(shop: Shop) -> None:
    payment = await paid(shop)
    part, whole = await shown(shop, payment, "10"), await shown(shop, payment)
    assert (part.name, whole.name) == ("time_stays", "ends")
    assert whole.facts == {"amount": payment.amount, "of": payment.amount, "left": Money(0, payment.amount.currency)}
    assert await shop.jobs("core.refund_payment") == [], "nothing is written by looking"

    assert payment.subscription_id is not None
    await Staff(shop)(SHELL, "extend", payment.subscription_id, days=10, **WHY)
    shorter = await shown(shop, payment)
    assert (shorter.name, shorter.facts["until"]) == ("shortens", shop.clock.now() + timedelta(days=10))

    async with shop.units() as uow:
        order = await uow.orders.get(payment.order_id)
        assert order is not None
        await uow.orders.save(replace(order, refund_policy=RefundPolicy.KEEP_ACCESS))
        await uow.commit()
    assert (await shown(shop, payment)).name == "access_kept"


async def test_end_of_access_in_a_refund_preview_matches_the_actual_end(shop: Shop) -> None:
    """The previewed end of access equals the end after the provider's refund event."""
    payment = await paid(shop)
    assert payment.subscription_id is not None
    await Staff(shop)(SHELL, "extend", payment.subscription_id, days=10, **WHY)
    effect = await shown(shop, payment)
    about = {"payment_key": "re-1", "about_payment": payment.payment_key, "amount_refunded": payment.amount}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **about))
    async with shop.units() as uow:
        subscription = await uow.subscriptions.get(payment.subscription_id)
    assert subscription is not None
    assert subscription.live
    assert subscription.access_until == effect.facts["until"]


async def test_program_needs_the_refund_ability_to_refund(shop: Shop) -> None:
    payment, act = await paid(shop), Staff(shop)
    with pytest.raises(NotAllowed):
        await act(Program("crm", {*Ability} - {Ability.REFUND}), "refund", payment.id, **WHY)
    outcome = await act(Program("crm", {Ability.REFUND}), "refund", payment.id, **WHY)
    assert outcome.name == "refunding"
    lines = [line for line in shop.memory.rows("audit_log") if line.action == "payment.refund"]
    assert {line.actor for line in lines} == {"api:crm"}


async def test_refund_command_is_refused_if_the_provider_has_no_refunds(shop: Shop) -> None:
    payment = await paid(shop)
    async with shop.units() as uow:
        await uow.payments.save(replace(payment, provider="gone"))
        await uow.commit()
    with pytest.raises(NothingToDo, match="gives nothing back"):
        await Staff(shop)(SHELL, "refund", payment.id, **WHY)


async def test_partial_refund_is_refused_if_the_provider_supports_only_full_refunds(shop: Shop) -> None:
    payment = await paid(shop)
    shop.provider.capabilities |= {Capability.REFUND_WHOLE}
    with pytest.raises(InputsRefused) as before:
        await shown(shop, payment, "10")
    with pytest.raises(InputsRefused) as wanted:
        await Staff(shop)(SHELL, "refund", payment.id, amount="10", **WHY)
    for refusal in (before, wanted):
        problem = refusal.value.errors["amount"]
        assert (problem.key, problem.facts) == ("amount_whole", {"amount": payment.amount})
    assert await shop.jobs("core.refund_payment") == []
    assert (await Staff(shop)(SHELL, "refund", payment.id, **WHY)).facts == {"amount": payment.amount}


@pytest.mark.parametrize(
    ("price", "charges", "amounts", "unit"),
    [
        (Money(199000, "HUF"), paypal.charges, ("1137.14", "1137"), Money(100, "HUF")),
        (Money(9990, "KWD"), stripe.charges, ("0.709", "0.71"), Money(10, "KWD")),
    ],
    ids=["whole forints", "two of three decimals"],
)
async def test_partial_refund_is_refused_if_the_provider_cannot_refund_the_amount(
    shop: Shop, price: Money, charges: Callable[[Money], bool], amounts: tuple[str, str], unit: Money
) -> None:
    customer, plan = await shop.customer(), await shop.plan(price=price)
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(customer, plan)).payment
    refused, accepted = amounts
    shop.gateways.charges = charges
    for act in (shown(shop, payment, refused), Staff(shop)(SHELL, "refund", payment.id, amount=refused, **WHY)):
        with pytest.raises(InputsRefused) as wanted:
            await act
        problem = wanted.value.errors["amount"]
        assert (problem.key, problem.facts) == ("amount_unit", {"unit": unit})
    assert await shop.jobs("core.refund_payment") == []
    assert (await Staff(shop)(SHELL, "refund", payment.id, amount=accepted, **WHY)).name == "refunding"
