"""Other terms for a partner, and the end of a partnership."""

from collections.abc import Sequence
from typing import Any

from subscriptions.application.partners import partner_terms
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input
from subscriptions.domain.entities.partner import Partner
from subscriptions.domain.ids import PartnerId
from subscriptions.domain.ports.repositories.partners import PARTNERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class ChangeTerms(StaffCommand):
    """Give a partner other terms, for what is paid from now on. What was earned before stays as it is."""

    name = "change_terms"
    permission = StaffAction.MANAGE_PARTNERS
    subject = SubjectKind.PARTNER
    inputs = partner_terms.TERMS
    outcomes = ("changed",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for a partnership that has ended."""
        partner = await working_partner(act)
        number = len(await act.uow.of(PARTNERS_KEY).terms(partner.id)) + 1
        terms = await partner_terms.terms_of(act, partner.id, number, act.at)
        await act.uow.of(PARTNERS_KEY).add_terms(terms)
        facts = {"code": partner.code, "commission": terms.commission}
        entry = AuditEntry(subject=partner.customer_id, facts=facts, reason="changed by staff")
        return Outcome(name="changed", facts=facts, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Which payments may count."""
        return partner_terms.choices_of(asked_input)


class EndPartner(StaffCommand):
    """End a partnership: the link brings nobody else and later payments earn nothing. What is owed stays owed."""

    name = "end_partner"
    permission = StaffAction.MANAGE_PARTNERS
    subject = SubjectKind.PARTNER
    outcomes = ("ended",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for one that has ended."""
        partner = await working_partner(act)
        partner.ended_at = act.at
        await act.uow.of(PARTNERS_KEY).save(partner)
        entry = AuditEntry(subject=partner.customer_id, facts={"code": partner.code}, reason="ended by staff")
        return Outcome(name="ended", facts={"code": partner.code}, audit=[entry])


async def working_partner(act: Act) -> Partner:
    """The partner an act is about, held. Raises NothingToDo where it has ended."""
    partner = await act.uow.of(PARTNERS_KEY).get(PartnerId(act.subject_id), lock=True)
    if partner is None or partner.ended_at is not None:
        raise NothingToDo("ended")
    return partner
