"""Lookup of the customer to whom a second account belongs."""

from typing import Final

from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def owner_of_second(uow: UnitOfWork, account: TelegramId) -> CustomerId | None:
    """Return the customer who verified this account as their second account; None if there is none."""
    second = await uow.of(ACCOUNT_TRANSFERS_KEY).second_by_account(account)
    return second.customer_id if second is not None else None


OWNERS: Final = (owner_of_second,)
"""Functions that return the customer who verified a Telegram account as their second one."""
