"""Statement of a partner: link, referred customers, commissions and payouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from features.partners.domain import (
    LINK,
    Partner,
    PartnerBalance,
    PartnerEntry,
    PartnerId,
    PartnerReach,
    PartnerTerms,
    balances_of,
    terms_at,
)
from features.partners.permissions import SEE_PARTNERS
from features.partners.ports import PARTNERS_KEY
from subscriptions.application.people.customers import known_customer
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

ENTRIES_SHOWN: Final = 8
"""Number of the latest ledger entries that are shown."""


@dataclass(frozen=True, kw_only=True)
class PartnerStatement:
    """Statement of a partner. It contains the number of customers and the commissions, but does not identify customers.

    link: None before the bot has a username
    newest: latest ledger entries, the newest first
    plans: names of the plans that count; empty for all plans
    """

    partner: Partner
    terms: PartnerTerms
    link: str | None
    reach: PartnerReach
    balances: Sequence[PartnerBalance]
    newest: Sequence[PartnerEntry]
    has_ended: bool
    plans: Sequence[str] = ()


@dataclass(frozen=True)
class ShowStatement:
    """Use case that shows partners their own statement."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId) -> PartnerStatement | None:
        """Return the statement; None if the customer is not a partner."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            partner = await uow.of(PARTNERS_KEY).of_customer(customer.id)
            return await _statement(uow, partner, self.clock.now()) if partner is not None else None


@dataclass(frozen=True)
class SeeStatement:
    """Use case that shows a partner's statement to staff."""

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk

    @reads(SEE_PARTNERS)
    async def get_statement(self, uow: UnitOfWork, partner_id: UUID) -> PartnerStatement | None:
        """Return the statement of a partner by id; None if the partner does not exist. Raises NotAllowed if the actor
        lacks the permission.
        """
        partner = await uow.of(PARTNERS_KEY).get(PartnerId(partner_id))
        return await _statement(uow, partner, self.clock.now()) if partner is not None else None


async def _statement(uow: UnitOfWork, partner: Partner, now: datetime) -> PartnerStatement:
    terms, entries = await uow.of(PARTNERS_KEY).terms(partner.id), await uow.of(PARTNERS_KEY).entries(partner.id)
    username = await uow.variables.get(BOT_USERNAME)
    in_force = terms_at(terms, now) or terms[0]
    plans = await uow.plans.all(active_only=False) if in_force.plans else ()
    return PartnerStatement(
        partner=partner,
        terms=in_force,
        link=deep_link(username, f"{LINK}{partner.code}") if username is not None else None,
        reach=await uow.of(PARTNERS_KEY).reach(partner.id),
        balances=balances_of(entries, now),
        newest=list(reversed(entries))[:ENTRIES_SHOWN],
        has_ended=not partner.works_at(now),
        plans=[plan.name for plan in plans if plan.soft_id in in_force.plans],
    )
