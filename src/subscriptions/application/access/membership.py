"""Classification of the people in a channel, for example as entitled customers, strangers or guests."""

from enum import Enum, auto
from typing import Final

from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.people.operators import OWNERS, WHITELIST
from subscriptions.domain.entities.access import TO_REMOVE, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class Membership(Enum):
    """Membership of a person in a channel.

    - EXEMPT: a staff member, a whitelisted person, a bot or a userbot account
    - ENTITLED: a customer with access
    - LEAVING: a customer whose access ended or is paused
    - FORMER: a customer who transferred their access to another account
    - STRANGER: a person without access in a personal channel, or a customer who was removed from it
    - GUEST: a person without access in a shared chat, whom the operator may have admitted
    """

    EXEMPT = auto()
    ENTITLED = auto()
    LEAVING = auto()
    FORMER = auto()
    STRANGER = auto()
    GUEST = auto()


LEFT_IN_PEACE: Final = frozenset({Membership.EXEMPT, Membership.GUEST})
"""Memberships of people whom Umbral never removes from a channel."""


async def membership_of(uow: UnitOfWork, channel: Channel, person: TelegramId, access: Access | None) -> Membership:
    """Return a person's membership in a channel.

    `access`: the person's own access to this channel. For a person without access, the kind of the channel decides
        between STRANGER and GUEST.
    """
    if await _is_entitled(uow, person):
        return Membership.EXEMPT
    if access is not None and access.status in TO_REMOVE:
        return Membership.LEAVING
    if access is not None and access.status is not AccessStatus.REVOKED:
        return Membership.ENTITLED
    if await uow.of(FORMER_ACCOUNTS_KEY).gave_up(person):
        return Membership.FORMER
    return Membership.STRANGER if kind_of_channel(channel).strangers_go else Membership.GUEST


async def access_of(uow: UnitOfWork, channel: Channel, person: TelegramId, *, lock: bool = False) -> Access | None:
    """Return the access of a Telegram user to a channel; None if the user is not a customer or never had access."""
    customer = await uow.customers.by_telegram_id(person)
    access = await uow.accesses.find(customer.id, channel.id, lock=lock) if customer is not None else None
    if access is None or not lock:
        return access
    # The access may have been transferred to another account of the customer before the lock was acquired.
    owner = await uow.customers.get(access.customer_id)
    return access if owner is not None and owner.telegram_id == person else None


async def _is_entitled(uow: UnitOfWork, person: TelegramId) -> bool:
    customer = await uow.customers.by_telegram_id(person)
    if customer is not None and customer.staff_role is not None:
        return True
    for variable in (OWNERS, WHITELIST):
        if person in (await uow.variables.get(variable) or ()):
            return True
    if any(bot.telegram_id == person for bot in await uow.accounts.bots()):
        return True
    return any(account.telegram_id == person for account in await uow.accounts.all())
