"""Check that prevents the transfer of a partner's account to another person."""

from typing import Final

from features.partners.ports import PARTNERS_KEY
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def has_partner_account(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Return True if the customer is or was a partner, whose account cannot be transferred to another person."""
    return await uow.of(PARTNERS_KEY).of_customer(customer_id) is not None


ACCOUNT_TRANSFER: Final = (has_partner_account,)
