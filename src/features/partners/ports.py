"""Partners, their terms, and the ledger of what they are owed."""

from collections.abc import Sequence
from typing import Final, Protocol

from features.partners.domain import Partner, PartnerEntry, PartnerId, PartnerReach, PartnerTerms
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class PartnerRepository(Protocol):
    """Who is owed a commission. Terms and entries are added and never changed."""

    async def get(self, partner_id: PartnerId, *, lock: bool = False) -> Partner | None: ...
    async def by_code(self, code: str) -> Partner | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Partner | None:
        """The partner that a customer is."""
        ...

    async def add_if_new(self, partner: Partner) -> bool:
        """False: the code is somebody's, or the customer is a partner already."""
        ...

    async def save(self, partner: Partner) -> None: ...
    async def add_terms(self, terms: PartnerTerms) -> None:
        """Raises RetryLater where somebody else added terms of this number."""
        ...

    async def terms(self, partner_id: PartnerId) -> Sequence[PartnerTerms]:
        """All of them, in their order."""
        ...

    async def add_entry(self, entry: PartnerEntry) -> bool:
        """False: its payment has an entry of this number, or its payout is recorded already."""
        ...

    async def entries(self, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        """A partner's ledger, in its order."""
        ...

    async def entries_by(self, customer_id: CustomerId, partner_id: PartnerId) -> Sequence[PartnerEntry]:
        """What a customer's payments led to in a partner's ledger, in its order."""
        ...

    async def reach(self, partner_id: PartnerId) -> PartnerReach:
        """How far the link led."""
        ...


PARTNERS_KEY: Final = RepositoryKey["PartnerRepository"]("partners")
