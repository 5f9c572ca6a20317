"""A customer whose link brings customers from now on, and who earns by them."""

from collections.abc import Sequence
from typing import Any

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.partners import partner_terms
from subscriptions.application.people.operators import BOT_USERNAME
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
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.partner import LINK, Partner
from subscriptions.domain.ids import CustomerId, PartnerId
from subscriptions.domain.ports.repositories.partners import PARTNERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class AddPartner(StaffCommand):
    """Make a customer a partner, with a code of their own and terms."""

    name = "add_partner"
    permission = StaffAction.MANAGE_PARTNERS
    subject = SubjectKind.CUSTOMER
    inputs = (partner_terms.CODE, *partner_terms.TERMS)
    outcomes = ("added", "added_without_link")

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for who is one already, and Wrong where the code is somebody's."""
        customer_id = CustomerId(act.subject_id)
        customer = await act.uow.customers.get(customer_id, lock=True)
        if (
            customer is None
            or customer.is_forgotten
            or await act.uow.of(PARTNERS_KEY).of_customer(customer_id) is not None
        ):
            raise NothingToDo("partner already")
        partner = Partner(
            id=PartnerId(act.operation),
            code=act[partner_terms.CODE],
            customer_id=customer_id,
            # As the terms begin: providers tell whole seconds.
            created_at=act.at.replace(microsecond=0),
        )
        terms = await partner_terms.terms_of(act, partner.id, 1, act.at)
        if not await act.uow.of(PARTNERS_KEY).add_if_new(partner):
            raise Wrong("partner_code_taken", question=partner_terms.CODE.name)
        await act.uow.of(PARTNERS_KEY).add_terms(terms)
        entry = AuditEntry(
            subject=customer_id, facts={"code": partner.code, "commission": terms.commission}, reason="made by staff"
        )
        username = await act.uow.variables.get(BOT_USERNAME)
        if username is None:
            return Outcome(name="added_without_link", facts={"code": partner.code}, audit=[entry])
        link = deep_link(username, f"{LINK}{partner.code}")
        return Outcome(name="added", facts={"code": partner.code, "link": link}, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Which payments may count."""
        return partner_terms.choices_of(asked_input)
