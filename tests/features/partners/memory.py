"""In-memory repository of partners and their ledgers."""

from __future__ import annotations

from collections.abc import Sequence

from features.partners.domain import EntryKind, Partner, PartnerEntry, PartnerId, PartnerReach, PartnerTerms
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId
from tests.fakes.memory import Rows, Working


class MemoryPartners:
    """In-memory PartnerRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Partner] = Rows(
            working,
            "partners",
            lambda p: p.id,
            {"one_partner_per_code": lambda p: p.code, "one_partner_per_customer": lambda p: p.customer_id},
        )
        self._terms: Rows[PartnerTerms] = Rows(working, "partner_terms", lambda t: (t.partner_id, t.number))
        self._entries: Rows[PartnerEntry] = Rows(
            working,
            "partner_entries",
            lambda e: e.id,
            {
                "one_entry_per_step": lambda e: (e.payment_id, e.number) if e.payment_id else None,
                "one_commission_per_payment": lambda e: e.payment_id if e.kind is EntryKind.EARNED else None,
                "one_payout_per_reference": lambda e: (e.partner_id, e.reference) if e.kind is EntryKind.PAID else None,
            },
        )
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)

    async def get(self, partner_id: PartnerId, *, lock: bool = False) -> Partner | None:
        return self._rows.one(lambda p: p.id == partner_id, lock=lock)

    async def by_code(self, code: str) -> Partner | None:
        return self._rows.one(lambda p: p.code == code)

    async def of_customer(self, customer_id: CustomerId) -> Partner | None:
        return self._rows.one(lambda p: p.customer_id == customer_id)

    async def add_if_new(self, partner: Partner) -> bool:
        return self._rows.add_if_new(partner)

    async def save(self, partner: Partner) -> None:
        self._rows.save(partner)

    async def add_terms(self, terms: PartnerTerms) -> None:
        if not self._terms.add_if_new(terms):
            raise RetryLater("somebody else changed these terms at the same moment")

    async def terms(self, partner_id: PartnerId) -> Sequence[PartnerTerms]:
        return self._terms.many(lambda t: t.partner_id == partner_id, order=lambda t: t.number)

    async def add_entry(self, entry: PartnerEntry) -> bool:
        return self._entries.add_if_new(entry)

    async def entries(self, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        return self._entries.many(lambda e: e.partner_id == partner_id, order=_in_order)

    async def entries_by(self, customer_id: CustomerId, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        own = {payment.id for payment in self._payments.all() if payment.customer_id == customer_id}
        return self._entries.many(lambda e: e.payment_id in own and e.partner_id == partner_id, order=_in_order)

    async def reach(self, partner_id: PartnerId) -> PartnerReach:
        came = sum(customer.brought_by == partner_id for customer in self._customers.all())
        earned = self._entries.many(
            lambda e: e.partner_id == partner_id and e.kind is EntryKind.EARNED, order=_in_order
        )
        payments = {entry.payment_id for entry in earned}
        return PartnerReach(came=came, buyers=len({p.customer_id for p in self._payments.all() if p.id in payments}))


def _in_order(entry: PartnerEntry) -> tuple[object, ...]:
    return entry.at, entry.payment_id is None, str(entry.payment_id), entry.number, str(entry.id)


REPOSITORIES = {"partners": MemoryPartners}
