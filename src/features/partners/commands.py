"""Staff commands that add partners, change their terms, end partnerships and record payouts."""

from collections.abc import Sequence
from typing import Any, Final

from features.partners import terms as partner_terms
from features.partners.domain import (
    LINK,
    REFERENCE_LIMIT,
    EntryKind,
    Partner,
    PartnerBalance,
    PartnerEntry,
    PartnerId,
    balances_of,
)
from features.partners.permissions import MANAGE_PARTNERS, PAY_PARTNERS
from features.partners.ports import PARTNERS_KEY
from features.partners.subjects import PARTNER
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, kept_money, typed_money
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class AddPartner(StaffCommand):
    """Staff command that makes a customer a partner with a code and terms."""

    name = "add_partner"
    begins = True
    permission = MANAGE_PARTNERS
    subject = SubjectKind.CUSTOMER
    inputs = (partner_terms.CODE, *partner_terms.TERMS)
    outcomes = ("added", "added_without_link")

    async def run(self, execution: Execution) -> Outcome:
        """Add the partner. Raises NothingToDo if the customer was erased or is already a partner, and Wrong if the code
        is taken or a plan of the terms does not exist.
        """
        customer_id = CustomerId(execution.subject_id)
        customer = await execution.uow.customers.get(customer_id, lock=True)
        if (
            customer is None
            or customer.is_forgotten
            or await execution.uow.of(PARTNERS_KEY).of_customer(customer_id) is not None
        ):
            raise NothingToDo("partner already")
        partner = Partner(
            id=PartnerId(execution.operation),
            code=execution[partner_terms.CODE],
            customer_id=customer_id,
            # Truncated to a full second like the start of the terms, because providers report full seconds.
            created_at=execution.at.replace(microsecond=0),
        )
        terms = await partner_terms.terms_of(execution, partner.id, 1, execution.at)
        if not await execution.uow.of(PARTNERS_KEY).add_if_new(partner):
            raise Wrong("partner_code_taken", question=partner_terms.CODE.name)
        await execution.uow.of(PARTNERS_KEY).add_terms(terms)
        entry = AuditEntry(
            subject=customer_id, facts={"code": partner.code, "commission": terms.commission}, reason="made by staff"
        )
        username = await execution.uow.variables.get(BOT_USERNAME)
        if username is None:
            return Outcome(name="added_without_link", facts={"code": partner.code}, audit=[entry])
        link = deep_link(username, f"{LINK}{partner.code}")
        return Outcome(name="added", facts={"code": partner.code, "link": link}, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices for the input that selects which payments earn a commission."""
        return partner_terms.choices_of(asked_input)


class ChangeTerms(StaffCommand):
    """Staff command that gives a partner new terms for future payments. Earlier commissions stay unchanged."""

    name = "change_terms"
    permission = MANAGE_PARTNERS
    subject = PARTNER
    inputs = partner_terms.TERMS
    outcomes = ("changed",)

    async def run(self, execution: Execution) -> Outcome:
        """Add the terms. Raises NothingToDo if the partnership has ended, and Wrong if a plan of the terms does not
        exist.
        """
        partner = await working_partner(execution)
        number = len(await execution.uow.of(PARTNERS_KEY).terms(partner.id)) + 1
        terms = await partner_terms.terms_of(execution, partner.id, number, execution.at)
        await execution.uow.of(PARTNERS_KEY).add_terms(terms)
        facts = {"code": partner.code, "commission": terms.commission}
        entry = AuditEntry(subject=partner.customer_id, facts=facts, reason="changed by staff")
        return Outcome(name="changed", facts=facts, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices for the input that selects which payments earn a commission."""
        return partner_terms.choices_of(asked_input)


class EndPartner(StaffCommand):
    """Staff command that ends a partnership: the partner's link refers no further customers, and later payments earn no
    commission. Amounts already owed can still be paid out.
    """

    name = "end_partner"
    permission = MANAGE_PARTNERS
    subject = PARTNER
    outcomes = ("ended",)
    is_dangerous = True

    async def run(self, execution: Execution) -> Outcome:
        """End the partnership. Raises NothingToDo if it has already ended."""
        partner = await working_partner(execution)
        partner.ended_at = execution.at
        await execution.uow.of(PARTNERS_KEY).save(partner)
        entry = AuditEntry(subject=partner.customer_id, facts={"code": partner.code}, reason="ended by staff")
        return Outcome(name="ended", facts={"code": partner.code}, audit=[entry])


async def working_partner(execution: Execution) -> Partner:
    """Lock and return the active partner that a staff command is about. Raises NothingToDo if the partnership has
    ended.
    """
    partner = await execution.uow.of(PARTNERS_KEY).get(PartnerId(execution.subject_id), lock=True)
    if partner is None or partner.ended_at is not None:
        raise NothingToDo("ended")
    return partner


def _payout(answer: Answer, _: Answers) -> str:
    """Parse an amount with its currency. The currency is required, because a partner may be owed several currencies."""
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
"""Input for the reference of the bank or wallet payment. Payouts with the same reference count as the same payout."""


class RecordPayout(StaffCommand):
    """Staff command that records a payout to a partner. The amount must not exceed the commissions that are owed and
    whose holding period is over.
    """

    name = "record_payout"
    permission = PAY_PARTNERS
    subject = PARTNER
    inputs = (PAYOUT, REFERENCE)
    outcomes = ("recorded",)

    async def run(self, execution: Execution) -> Outcome:
        """Record the payout. Raises Wrong if the amount exceeds the payable amount, or if the reference was used
        before.
        """
        # The partner is locked, so that concurrent payouts cannot both use the same balance.
        partner = await execution.uow.of(PARTNERS_KEY).get(PartnerId(execution.subject_id), lock=True)
        if partner is None:
            raise NothingToDo("no such partner")
        amount = execution[PAYOUT]
        entries = await execution.uow.of(PARTNERS_KEY).entries(partner.id)
        if any(entry.reference == execution[REFERENCE] for entry in entries if entry.kind is EntryKind.PAID):
            raise Wrong("payout_repeated", question=REFERENCE.name)
        balance = next(
            (each for each in balances_of(entries, execution.at) if each.currency == amount.currency),
            PartnerBalance(currency=amount.currency),
        )
        if amount.minor > balance.payable:
            payable, held_money = balance.money(balance.payable), balance.money(balance.held)
            raise Wrong("payout_more", question=PAYOUT.name, left=payable, held=held_money)
        entry = PartnerEntry(
            id=execution.operation,
            partner_id=partner.id,
            kind=EntryKind.PAID,
            amount=amount,
            reference=execution[REFERENCE],
            at=execution.at,
        )
        if not await execution.uow.of(PARTNERS_KEY).add_entry(entry):
            raise Wrong("payout_repeated", question=REFERENCE.name)
        facts = {"code": partner.code, "amount": _plain(amount), "reference": entry.reference}
        audit = AuditEntry(subject=partner.customer_id, facts=facts, reason="paid by staff")
        return Outcome(name="recorded", facts={"code": partner.code, "amount": amount}, audit=[audit])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the amounts that may be paid out, one per currency."""
        if asked_input is not PAYOUT:
            return []
        payable = subject.facts.get("payable")
        return [Choice(_plain(money), money) for money in payable] if isinstance(payable, tuple) else []


def _plain(money: Money) -> str:
    return f"{money.plain} {money.currency}"
