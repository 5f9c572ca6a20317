"""Port for counting the customers referred by a referral link."""

from typing import Final, Protocol

from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class ReferralRepository(Protocol):
    """Reader of the customers referred by a referral link."""

    async def count_of(self, customer_id: CustomerId) -> tuple[int, int]:
        """Return the number of customers referred by this customer, and the number of these customers whose payment
        granted days.
        """
        ...


REFERRALS_KEY: Final = RepositoryKey["ReferralRepository"]("referrals")
