"""Money given back: how much is typed, why is asked, and a second tap does it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from bot.formats import day
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.pages.people.about import CUSTOMER, PAYMENT, card_of, doing
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from subscriptions.application.dto.typed_answers import Answer, Wrong, kept_money, reason, typed_money
from subscriptions.application.payments.refund_payment import NotRefundable
from subscriptions.application.views.see_customers import PaidMoney
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.services.staff_policy import StaffAction


async def _money(visit: Visit, dialogue: Dialogue) -> tuple[Customer, PaidMoney, Money]:
    found = await visit.use.customers().payment(visit.who, PaymentId(UUID(dialogue.answers[PAYMENT])))
    if found is None or found[1].refundable is None:
        raise Stale("no such payment")
    return *found, found[1].refundable


async def _all_of_it(visit: Visit, dialogue: Dialogue) -> Sequence[Choice]:
    _, _, left = await _money(visit, dialogue)
    return [Choice(visit.t.plain("people.refund_all", amount=left), left.plain)]


def _amount(answer: Answer, answers: Mapping[str, str]) -> str:
    currency = answers["currency"]
    money, left = typed_money(answer.text, currency, "amount"), kept_money(f"{answers['left']} {currency}")
    if money.currency != currency or money.minor <= 0:
        raise Wrong("amount", currency=currency)
    if left < money:
        raise Wrong("amount_left", left=str(left))
    return f"{money.plain} {money.currency}"


async def _sure_refund(visit: Visit, dialogue: Dialogue) -> str:
    who, paid, _ = await _money(visit, dialogue)
    wanted = kept_money(dialogue.answers["amount"])
    effect = "full" if wanted == paid.amount else "part"
    return visit.t(
        "forms.refund.sure",
        name=who.mention,
        amount=wanted,
        of=paid.amount,
        at=day(visit.t, paid.at),
        reason=dialogue.answers["reason"],
        effect=visit.t.plain(f"forms.refund.effect_{effect}"),
    )


async def _refund(visit: Visit, dialogue: Dialogue) -> str:
    said = dialogue.answers
    payment, amount = PaymentId(UUID(said[PAYMENT])), kept_money(said["amount"])
    try:
        await visit.use.refund()(visit.who, payment, amount, said["reason"], dialogue.id)
    except NotRefundable:
        return visit.t("people.not_refundable")
    except InvalidInput:
        _, _, left = await _money(visit, dialogue)
        raise Wrong("amount_left", question="amount", left=str(left)) from None
    return visit.t("people.refunding", amount=amount)


REFUND: Final = Form(
    kind="refund",
    action=StaffAction.REFUND_PAYMENT,
    questions=(Question("amount", _amount, _all_of_it), Question("reason", reason)),
    carry_out=doing(_refund),
    leave=card_of,
    summary=_sure_refund,
)


async def _of_payment(visit: Visit) -> Screen:
    found = await visit.use.customers().payment(visit.who, PaymentId(visit.id()))
    if found is None:
        raise Stale("no such payment")
    who, paid = found
    if paid.refundable is None:
        raise Stale("nothing to give back")
    known = {PAYMENT: str(paid.id), CUSTOMER: str(who.id), "currency": paid.amount.currency}
    return await begin(visit, REFUND, **known, left=paid.refundable.plain)


PAGES: Final[Mapping[str, Page]] = {"p.refund": Page(StaffAction.REFUND_PAYMENT, _of_payment)}
FORMS: Final = (REFUND,)
