"""Veto of this feature against changes in the core."""

from typing import Final

from features.partners.ports import PARTNERS_KEY
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def has_partner_account(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Return True if a customer is or was a partner. The customer's account cannot be transferred to another person
    then.
    """
    return await uow.of(PARTNERS_KEY).of_customer(customer_id) is not None


ACCOUNT_TRANSFER: Final = (has_partner_account,)
