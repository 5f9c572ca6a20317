"""Rules of account transfers, checked at each step of a transfer while the database rows of both
accounts are locked.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from features.transfer.domain import AFTER_OBJECTION, AccountTransfer
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import contained
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.account_transfer_status import OPEN, AccountTransferStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

REFUSAL_ACTION: Final = "takeover.refuse"
LINES: Final = 50
"""Maximum number of audit entries that are read to count a day's actions. The daily limits allow fewer entries."""


class Refusal(StrEnum):
    """Reason why an account transfer is refused.

    - code: the code is unknown, used or too old
    - own: both accounts are the same
    - taken: the account has purchases, or is the second account of another customer
    - barred: the operator barred the customer
    - banned: a chat administrator banned the customer, and the ban must be lifted manually first
    - staff: one of the accounts is a staff member's
    - often: too many attempts
    - nobody: no customer named this account as the second one
    - soon: the account was named too recently
    - under_way: a transfer is already in progress
    - objected: the first account objected
    - nothing: there is no transfer to object to
    """

    CODE = "code"
    OWN = "own"
    TAKEN = "taken"
    BARRED = "barred"
    BANNED = "banned"
    STAFF = "staff"
    TOO_OFTEN = "often"
    NOBODY = "nobody"
    TOO_SOON = "soon"
    UNDER_WAY = "under_way"
    OBJECTED = "objected"
    NOTHING = "nothing"


async def both_locked(
    uow: UnitOfWork, customer_id: CustomerId, account: TelegramId
) -> tuple[Customer, Customer] | None:
    """Lock the customer and the other account's customer in the order of their ids, and return both. None if either is
    unknown or both are the same.
    """
    other = await uow.customers.by_telegram_id(account)
    if other is None or other.id == customer_id:
        return None
    customers_by_id = {each: await uow.customers.get(each, lock=True) for each in sorted((customer_id, other.id))}
    customer, successor = customers_by_id[customer_id], customers_by_id[other.id]
    if customer is None or successor is None or customer.is_forgotten or successor.telegram_id != account:
        return None
    return customer, successor


async def hindrance(uow: UnitOfWork, customer: Customer, successor: Customer) -> Refusal | None:
    """Return the reason why the second account cannot take over from the first, or None.

    The second account must not have purchases, because they would belong to the first account afterwards. A ban by a
    chat administrator concerns the person, so changing the account does not avoid it.
    """
    if customer.staff_role is not None or successor.staff_role is not None:
        return Refusal.STAFF
    if customer.barred_at is not None or successor.barred_at is not None:
        return Refusal.BARRED
    if await _is_banned(uow, customer.id) or await _is_banned(uow, successor.id):
        return Refusal.BANNED
    has = (
        await uow.subscriptions.of_customer(successor.id)
        or await uow.orders.open_of(successor.id)
        or await uow.payments.of_customer(successor.id, 1)
    )
    return Refusal.TAKEN if has or await _is_vetoed(uow, successor.id) else None


async def _is_vetoed(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Return True if a feature vetoes the transfer. A feature whose check fails counts as a veto."""
    for name, vetoes in declared_by("vetoes", "ACCOUNT_TRANSFER").items():
        holds = True
        with contained(name, "vetoes"):
            async with uow.attempt():
                holds = any([await veto(uow, customer_id) for veto in vetoes])
        if holds:
            return True
    return False


async def _is_banned(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Return True if a chat administrator has banned the customer and the ban is still in force."""
    return any(each.status is AccessStatus.BANNED for each in await uow.accesses.of_customer(customer_id))


async def open_account_transfer(uow: UnitOfWork, customer_id: CustomerId) -> AccountTransfer | None:
    """Return the customer's open transfer, or None."""
    return next(
        (each for each in await uow.of(ACCOUNT_TRANSFERS_KEY).of_customer(customer_id) if each.status in OPEN), None
    )


async def objected_lately(uow: UnitOfWork, customer_id: CustomerId, now: datetime) -> bool:
    """Return True if the first account objected within `AFTER_OBJECTION`. During this time, only staff can start a
    transfer.
    """
    return any(
        each.status is AccountTransferStatus.OBJECTED
        and each.closed_at is not None
        and now - each.closed_at < AFTER_OBJECTION
        for each in await uow.of(ACCOUNT_TRANSFERS_KEY).of_customer(customer_id)
    )


async def done_today(uow: UnitOfWork, customer_id: CustomerId, action: str, now: datetime) -> int:
    """Return how often the audit log contains an action about a customer within the last day."""
    lines = await uow.audit.of_subject(str(customer_id), LINES)
    return sum(line.action == action and now - line.at < timedelta(days=1) for line in lines)


async def note(
    uow: UnitOfWork,
    actor: TelegramId | None,
    action: str,
    subject: UUID,
    reason: str,
    now: datetime,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Record a step of an account transfer, including a refusal, in the audit log. `actor`: None for the system."""
    actor_name = str(actor) if actor is not None else "system"
    await uow.audit.record(
        actor=actor_name, action=action, subject=str(subject), reason=reason, at=now, facts=dict(facts or {})
    )
