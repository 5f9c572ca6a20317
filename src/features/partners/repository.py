"""Repository of partners, their terms and their ledger entries in PostgreSQL."""

from collections.abc import Sequence
from typing import ClassVar, Final

from sqlalchemy import distinct, func, select

from features.partners.domain import EntryKind, Partner, PartnerEntry, PartnerId, PartnerReach, PartnerTerms
from features.partners.ports import PARTNERS_KEY
from features.partners.tables import partner_entries, partner_terms, partners
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import customers, payments
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

PARTNER: Final = RowMapper(Partner)
TERMS: Final = RowMapper(PartnerTerms)
ENTRY: Final = RowMapper(PartnerEntry)
_IN_ORDER: Final = (partner_entries.c.at, partner_entries.c.payment_id, partner_entries.c.number, partner_entries.c.id)


class SqlPartnerRepository(Repository[PartnerId, Partner]):
    """PartnerRepository in PostgreSQL."""

    key: ClassVar = PARTNERS_KEY

    table = partners
    mapper = PARTNER

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._terms = TableStore(unit, partner_terms, TERMS)
        self._entries = TableStore(unit, partner_entries, ENTRY)

    async def by_code(self, code: str) -> Partner | None:
        """Implements `PartnerRepository.by_code`."""
        return await self._rows.one(code=code)

    async def of_customer(self, customer_id: CustomerId) -> Partner | None:
        """Implements `PartnerRepository.of_customer`."""
        return await self._rows.one(customer_id=customer_id)

    async def add_terms(self, terms: PartnerTerms) -> None:
        """Implements `PartnerRepository.add_terms`."""
        if not await self._terms.add_if_new(terms):
            raise RetryLater("somebody else changed these terms at the same moment")

    async def terms(self, partner_id: PartnerId) -> Sequence[PartnerTerms]:
        """Implements `PartnerRepository.terms`."""
        return await self._terms.many(partner_id=partner_id, order=(partner_terms.c.number,))

    async def add_entry(self, entry: PartnerEntry) -> bool:
        """Implements `PartnerRepository.add_entry`."""
        return await self._entries.add_if_new(entry)

    async def entries(self, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        """Implements `PartnerRepository.entries`."""
        return await self._entries.many(partner_id=partner_id, order=_IN_ORDER)

    async def entries_by(self, customer_id: CustomerId, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        """Implements `PartnerRepository.entries_by`."""
        statement = (
            select(partner_entries)
            .join(payments, payments.c.id == partner_entries.c.payment_id)
            .where(payments.c.customer_id == customer_id, partner_entries.c.partner_id == partner_id)
        )
        return await self._entries.all(statement.order_by(*_IN_ORDER))

    async def reach(self, partner_id: PartnerId) -> PartnerReach:
        """Implements `PartnerRepository.reach`."""
        came = select(func.count()).where(customers.c.brought_by == partner_id)
        payers = (
            select(func.count(distinct(payments.c.customer_id)))
            .join(partner_entries, partner_entries.c.payment_id == payments.c.id)
            .where(partner_entries.c.partner_id == partner_id, partner_entries.c.kind == EntryKind.EARNED.value)
        )
        connection = self._unit.connection
        return PartnerReach(
            came=int(await connection.scalar(came) or 0), buyers=int(await connection.scalar(payers) or 0)
        )


REPOSITORIES: Final = (SqlPartnerRepository,)
