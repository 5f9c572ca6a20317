"""Money that was handed to a partner outside, written into their ledger."""

from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, kept_money, typed_money
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.partner import (
    REFERENCE_LIMIT,
    EntryKind,
    PartnerBalance,
    PartnerEntry,
    balances_of,
)
from subscriptions.domain.ids import PartnerId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.partners import PARTNERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


def _payout(answer: Answer, _: Answers) -> str:
    """With its currency: a partner may be owed several."""
    money = typed_money(answer.text, "", "amount")
    if money.minor < 1:
        raise Wrong("payout")
    return f"{money.plain} {money.currency}"


def _reference(answer: Answer, _: Answers) -> str:
    text = " ".join(answer.text.split())
    if not 1 <= len(text) <= REFERENCE_LIMIT:
        raise Wrong("payout_reference", limit=str(REFERENCE_LIMIT))
    return text


PAYOUT: Final[Input[Money]] = Input(name="payout", kind=InputKind.TEXT, parse=_payout, value=kept_money, limits=(3, 40))
REFERENCE: Final[Input[str]] = Input(
    name="reference", kind=InputKind.TEXT, parse=_reference, value=str, limits=(1, REFERENCE_LIMIT)
)
"""As the bank or the wallet calls the payment; the same twice is the same payout."""


class RecordPayout(StaffCommand):
    """Write down that a partner was paid: never more than is owed and out of its hold."""

    name = "record_payout"
    permission = StaffAction.PAY_PARTNERS
    subject = SubjectKind.PARTNER
    inputs = (PAYOUT, REFERENCE)
    outcomes = ("recorded",)

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong for more than may be paid out, and for a reference that is in the ledger already."""
        # Held, so that two payouts at once cannot both take what is there.
        partner = await act.uow.of(PARTNERS_KEY).get(PartnerId(act.subject_id), lock=True)
        if partner is None:
            raise NothingToDo("no such partner")
        amount = act[PAYOUT]
        entries = await act.uow.of(PARTNERS_KEY).entries(partner.id)
        if any(entry.reference == act[REFERENCE] for entry in entries if entry.kind is EntryKind.PAID):
            raise Wrong("payout_repeated", question=REFERENCE.name)
        balance = next(
            (each for each in balances_of(entries, act.at) if each.currency == amount.currency),
            PartnerBalance(currency=amount.currency),
        )
        if amount.minor > balance.payable:
            payable, held_money = balance.money(balance.payable), balance.money(balance.held)
            raise Wrong("payout_more", question=PAYOUT.name, left=payable, held=held_money)
        entry = PartnerEntry(
            id=act.operation,
            partner_id=partner.id,
            kind=EntryKind.PAID,
            amount=amount,
            reference=act[REFERENCE],
            at=act.at,
        )
        if not await act.uow.of(PARTNERS_KEY).add_entry(entry):
            raise Wrong("payout_repeated", question=REFERENCE.name)
        facts = {"code": partner.code, "amount": _plain(amount), "reference": entry.reference}
        audit = AuditEntry(subject=partner.customer_id, facts=facts, reason="paid by staff")
        return Outcome(name="recorded", facts={"code": partner.code, "amount": amount}, audit=[audit])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """All that may be paid out, by currency."""
        if asked_input is not PAYOUT:
            return []
        payable = subject.facts.get("payable")
        return [Choice(_plain(money), money) for money in payable] if isinstance(payable, tuple) else []


def _plain(money: Money) -> str:
    return f"{money.plain} {money.currency}"
