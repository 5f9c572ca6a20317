"""Attribution of a customer to the partner whose link the customer opened."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from features.partners.domain import Partner, PartnerId, looks_like_partner
from features.partners.permissions import REFUSE_SELF_DEALING
from features.partners.ports import PARTNERS_KEY
from features.partners.use_cases.own_accounts import is_own
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import clean_code
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.trial_marks import BEEN_CUSTOMER, NO_MARKS, TrialMarks

log = structlog.get_logger(__name__)

_LONGEST_CHAIN: Final = 1000
"""Maximum number of partners to follow in a chain in which each partner referred the next one."""


class ReferralOutcome(StrEnum):
    """Result of opening a partner's link.

    - brought: the customer was attributed to the partner
    - known: the customer was attributed before, or already was a customer
    - unknown: no partner has this code
    - ended: the partnership has ended
    - own: it is the partner's own link
    - circle: the customer referred the partner, directly or through others
    """

    BROUGHT = "brought"
    KNOWN = "known"
    UNKNOWN = "unknown"
    ENDED = "ended"
    OWN = "own"
    CIRCLE = "circle"


@dataclass(frozen=True)
class ArriveByPartner:
    """Use case that records the partner who referred a customer. This is possible once, and only for a person who has
    never paid, had a plan or been referred by another link.
    """

    units: UnitOfWorkFactory
    clock: Clock
    trial_marks: TrialMarks = NO_MARKS

    async def __call__(self, telegram_id: TelegramId, code: str) -> ReferralOutcome:
        """Attribute the customer to the partner with this code. Idempotent."""
        partner_code = clean_code(code)
        async with self.units() as uow:
            partner = await uow.of(PARTNERS_KEY).by_code(partner_code) if looks_like_partner(partner_code) else None
            if partner is None:
                return ReferralOutcome.UNKNOWN
            customer = await known_customer(uow, telegram_id, lock=True)
            await _wait_for_the_other(uow, partner, customer)
            outcome = await self._outcome(uow, partner, customer)
            if outcome is ReferralOutcome.BROUGHT:
                customer.brought_by = partner.id
                await uow.customers.save(customer)
            elif outcome in {ReferralOutcome.OWN, ReferralOutcome.CIRCLE}:
                await self._note(uow, partner, customer, outcome)
            await uow.commit()
        log.info("arrival by a partner", partner=partner.code, customer=str(customer.id), outcome=outcome)
        return outcome

    async def _outcome(self, uow: UnitOfWork, partner: Partner, customer: Customer) -> ReferralOutcome:
        if await is_own(uow, partner, customer):
            return ReferralOutcome.OWN
        owner = await uow.customers.get(partner.customer_id)
        if owner is None or owner.barred_at is not None or not partner.works_at(self.clock.now()):
            return ReferralOutcome.ENDED
        if customer.brought_by is not None or await self._was_customer(uow, customer):
            return ReferralOutcome.KNOWN
        if await _has_brought(uow, owner, customer.id):
            return ReferralOutcome.CIRCLE
        return ReferralOutcome.BROUGHT

    async def _was_customer(self, uow: UnitOfWork, customer: Customer) -> bool:
        """Return True if the person was referred by a link, or paid or had a plan before, even if the data was erased
        since.
        """
        if customer.referrer_id is not None or await uow.payments.of_customer(customer.id, 1):
            return True
        if await uow.subscriptions.of_customer(customer.id):
            return True
        mark = self.trial_marks.mark_of(customer.telegram_id, BEEN_CUSTOMER)
        return mark is not None and await uow.personal_data.has_trial_mark(mark)

    async def _note(self, uow: UnitOfWork, partner: Partner, customer: Customer, outcome: ReferralOutcome) -> None:
        await uow.audit.record(
            actor="system",
            action=REFUSE_SELF_DEALING,
            subject=str(customer.id),
            reason=outcome,
            at=self.clock.now(),
            facts={"code": partner.code},
        )


async def _wait_for_the_other(uow: UnitOfWork, partner: Partner, customer: Customer) -> None:
    """If the customer is a partner too, lock both partners, so that two partners who open each other's links at the
    same time are detected as a circle.
    """
    own = await uow.of(PARTNERS_KEY).of_customer(customer.id)
    if own is not None:
        for each in sorted({own.id, partner.id}):
            await uow.of(PARTNERS_KEY).get(each, lock=True)


async def _has_brought(uow: UnitOfWork, customer: Customer, other: CustomerId) -> bool:
    """Return True if `other` referred `customer`, directly or through other partners."""
    customer_ids = {customer.id}
    ancestor: Customer | None = customer
    while ancestor is not None and len(customer_ids) < _LONGEST_CHAIN:
        brought_by = ancestor.brought_by
        partner = await uow.of(PARTNERS_KEY).get(PartnerId(brought_by)) if brought_by is not None else None
        bringer_id = partner.customer_id if partner is not None else ancestor.referrer_id
        if bringer_id == other:
            return True
        if bringer_id is None or bringer_id in customer_ids:
            return False
        customer_ids.add(bringer_id)
        ancestor = await uow.customers.get(bringer_id)
    return False
