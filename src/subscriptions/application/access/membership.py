"""As what somebody is inside a channel, and what follows from it."""

from enum import Enum, auto
from typing import Final

from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.application.people.operators import OWNERS, WHITELIST
from subscriptions.domain.entities.access import TO_REMOVE, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.moving import TAKEOVERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class Membership(Enum):
    """kept: staff, the whitelisted, a bot, an account of the pool · entitled: has the right to be inside ·
    leaving: had it, and it ended or rests · former: what they had moved to another account of theirs · stranger: never
    had it here, or is long out · guest: the same in the shared channel, where the operator may have let them in.
    """

    EXEMPT = auto()
    ENTITLED = auto()
    LEAVING = auto()
    FORMER = auto()
    STRANGER = auto()
    GUEST = auto()


LEFT_IN_PEACE: Final = frozenset({Membership.EXEMPT, Membership.GUEST})
"""Nobody puts these out."""


async def membership_of(uow: UnitOfWork, channel: Channel, person: TelegramId, access: Access | None) -> Membership:
    """access: the person's own to this channel. Whether having none makes a stranger is the kind's to say."""
    if await _is_entitled(uow, person):
        return Membership.EXEMPT
    if access is not None and access.status in TO_REMOVE:
        return Membership.LEAVING
    if access is not None and access.status is not AccessStatus.REVOKED:
        return Membership.ENTITLED
    if await uow.of(TAKEOVERS_KEY).gave_up(person):
        return Membership.FORMER
    return Membership.STRANGER if kind_of_place(channel).strangers_go else Membership.GUEST


async def access_of(uow: UnitOfWork, channel: Channel, person: TelegramId, *, lock: bool = False) -> Access | None:
    """The access of a Telegram user to a channel."""
    customer = await uow.customers.by_telegram_id(person)
    access = await uow.accesses.find(customer.id, channel.id, lock=lock) if customer is not None else None
    if access is None or not lock:
        return access
    # It may have moved to another account of its customer's until it was ours.
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
