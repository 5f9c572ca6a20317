"""Finder of the partners to which staff commands refer."""

from dataclasses import dataclass
from typing import Final

from features.partners.domain import PartnerId, balances_of, looks_like_partner, terms_at
from features.partners.ports import PARTNERS_KEY
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, read_id, text_schema
from subscriptions.domain.entities.discount_code import clean_code
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork

PARTNER: Final = "partner"


@dataclass(frozen=True)
class FindPartner:
    """Finder of the partner that a staff command refers to, by id or code. The result includes the current terms and
    the amounts that may be paid out.
    """

    clock: Clock

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the partner; None for an unknown id or code."""
        key, code = read_id(text), clean_code(text)
        if key is not None:
            partner = await uow.of(PARTNERS_KEY).get(PartnerId(key))
        else:
            partner = await uow.of(PARTNERS_KEY).by_code(code) if looks_like_partner(code) else None
        if partner is None:
            return None
        now = self.clock.now()
        terms = terms_at(await uow.of(PARTNERS_KEY).terms(partner.id), now)
        balances = balances_of(await uow.of(PARTNERS_KEY).entries(partner.id), now)
        payable = tuple(balance.money(balance.payable) for balance in balances if balance.payable)
        facts: dict[str, Fact] = {"code": partner.code, "payable": payable}
        if terms is not None:
            facts |= {"commission": terms.commission, "when": terms.counts, "plans": " ".join(sorted(terms.plans))}
            facts |= {"hold": str(terms.hold_days)} | ({"months": str(terms.months)} if terms.months else {})
        return Subject(id=str(partner.id), name=partner.code, facts=facts)


SUBJECTS: Final = (
    SubjectType(
        kind=PARTNER,
        argument="PARTNER",
        help="Their code, or their id.",
        path="partners",
        parameter="partner",
        schema=text_schema(40),
        known_by="their code, or their id",
        page="/partners",
        button="pa",
        find=FindPartner,
    ),
)
