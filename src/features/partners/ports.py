"""Port of the repository of partners, their terms and their ledger entries."""

from collections.abc import Sequence
from typing import Final, Protocol

from features.partners.domain import Partner, PartnerEntry, PartnerId, PartnerReach, PartnerTerms
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class PartnerRepository(Protocol):
    """Repository of partners. Terms and ledger entries are only added and never changed."""

    async def get(self, partner_id: PartnerId, *, lock: bool = False) -> Partner | None: ...
    async def by_code(self, code: str) -> Partner | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Partner | None:
        """Return the partner that a customer is; None if the customer is not a partner."""
        ...

    async def add_if_new(self, partner: Partner) -> bool:
        """Store a new partner. Return False if the code is taken or the customer is already a partner."""
        ...

    async def save(self, partner: Partner) -> None: ...
    async def add_terms(self, terms: PartnerTerms) -> None:
        """Store new terms. Raises RetryLater if terms with this number exist."""
        ...

    async def terms(self, partner_id: PartnerId) -> Sequence[PartnerTerms]:
        """Return all terms of a partner, in order of their numbers."""
        ...

    async def add_entry(self, entry: PartnerEntry) -> bool:
        """Store a ledger entry. Return False if its payment has an entry with this number, or the payout is already
        recorded.
        """
        ...

    async def entries(self, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        """Return a partner's ledger, the oldest entry first."""
        ...

    async def entries_by(self, customer_id: CustomerId, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        """Return the entries for a customer's payments in a partner's ledger, the oldest first."""
        ...

    async def reach(self, partner_id: PartnerId) -> PartnerReach:
        """Return the number of customers referred by the partner's link, and the number of these customers whose
        payments earned a commission.
        """
        ...


PARTNERS_KEY: Final = RepositoryKey["PartnerRepository"]("partners")
