"""Lookup of the customers to whom a Telegram account belongs although it is not the account in their row."""

from collections.abc import Awaitable, Callable, Collection

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import named
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

FindOwner = Callable[[UnitOfWork, TelegramId], Awaitable[CustomerId | None]]
"""Function that returns the customer who has verified that they also own an account; None if there is no such customer.

A feature declares such functions as `OWNERS` in its module `accounts`.
"""


async def owners_of(uow: UnitOfWork, account: TelegramId) -> Collection[CustomerId]:
    """Return the customers whose purchases were transferred away from an account, and customers who have verified that
    they own the account.
    """
    found = list[CustomerId | None]()
    for name, finders in declared_by("accounts", "OWNERS").items():
        # If this fails, no commission is granted by mistake: the work waits, and the failure names the feature.
        with named(name, "accounts"):
            found += [await find_owner(uow, account) for find_owner in finders]
    return {*await uow.of(FORMER_ACCOUNTS_KEY).taken_from(account), *(each for each in found if each is not None)}
