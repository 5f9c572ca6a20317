"""Members who are in a shared chat without a plan: the members known to the bot, and their claims to have paid
elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.application.access.membership import Membership, access_of, membership_of
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ResourceId, TelegramId
from subscriptions.domain.ports.chat_membership import ChatMembership, Presence
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

LINK: Final = "soy_"
"""Prefix of the deep link with which a member claims to have paid elsewhere; the resource's slug follows."""
SHOWN: Final = 100
"""Maximum number of members of a chat that are listed, the longest known first."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Member of a chat without a plan. `customer`: None for a person who never opened the bot."""

    telegram_id: TelegramId
    customer: Customer | None

    @property
    def name(self) -> str:
        """Name and username, or the Telegram id of a person without either."""
        if self.customer is None:
            return str(self.telegram_id)
        at = f" @{self.customer.username}" if self.customer.username else ""
        return f"{self.customer.full_name}{at}"


@dataclass(frozen=True, kw_only=True)
class ChatMembers:
    """Chat with the members who are in it without a plan.

    total: number of all of them. link: address of the button for members who paid elsewhere; None before the bot has a
    username
    """

    id: ResourceId
    title: str
    members: Sequence[Member]
    total: int
    link: str | None


async def chat_of(uow: UnitOfWork, resource_id: ResourceId) -> Channel | None:
    """Return the chat of a resource whose members may be the operator's guests; None for another kind."""
    resource = await uow.resources.get(resource_id)
    channel = await uow.resources.channel(resource_id) if resource is not None else None
    return channel if channel is not None and not kind_of_channel(channel).strangers_go else None


async def waiting(uow: UnitOfWork, chat: Channel) -> Sequence[TelegramId]:
    """Return the people who are known to be in a chat as guests, and have been given no right to it since."""
    people = await uow.resources.guests(chat.id)
    customers = {each.id: each.telegram_id for each in await uow.customers.with_telegram_ids(people)}
    accesses = await uow.accesses.of_channel(chat.id)
    known = {customers.get(each.customer_id) for each in accesses if each.status is not AccessStatus.REVOKED}
    return [person for person in people if person not in known]


async def named(uow: UnitOfWork, people: Sequence[TelegramId]) -> Sequence[Member]:
    """Return people with the customers that they are."""
    customers = {each.telegram_id: each for each in await uow.customers.with_telegram_ids(people)}
    return [Member(telegram_id=person, customer=customers.get(person)) for person in people]


@dataclass(frozen=True)
class SeeMembers:
    """Use case that returns the members without a plan, by chat. Raises NotAllowed."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(StaffAction.GRANT_PLAN)
    async def chats(self, uow: UnitOfWork) -> Sequence[ChatMembers]:
        """Return every chat whose members may be without a plan, in the order of their titles."""
        bot = await uow.variables.get(BOT_USERNAME)
        return [
            await self._members(uow, each, chat, bot)
            for each in sorted(await uow.resources.all(), key=lambda each: each.title)
            if (chat := await chat_of(uow, each.id)) is not None
        ]

    async def _members(self, uow: UnitOfWork, resource: Resource, chat: Channel, bot: str | None) -> ChatMembers:
        people = await waiting(uow, chat)
        return ChatMembers(
            id=resource.id,
            title=chat.title or resource.title,
            members=await named(uow, people[:SHOWN]),
            total=len(people),
            link=link_of(bot, resource),
        )


def link_of(bot: str | None, resource: Resource) -> str | None:
    """Return the address of the button for members of a chat who paid elsewhere."""
    return f"https://t.me/{bot}?start={LINK}{resource.soft_id}" if bot else None


class Claim(StrEnum):
    """Answer to a person who claims to have paid elsewhere.

    - noted: they are in the chat, and staff sees them in the list
    - has: they have access already
    - outside: Telegram does not list them as a member
    - ended: their access ended, so only a purchase gives it back
    - unknown: there is no such chat any more
    """

    NOTED = "noted"
    HAS = "has"
    OUTSIDE = "outside"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ClaimMembership:
    """Use case that records a member who claims to have paid elsewhere. A claim neither grants nor removes access: it
    only puts the person on the list from which staff gives a plan. Repeating it changes nothing.
    """

    units: UnitOfWorkFactory
    clock: Clock
    chat_membership: ChatMembership

    async def __call__(self, person: TelegramId, soft_id: str) -> tuple[Claim, str]:
        """Return the answer, and the title of the chat. Raises RetryLater if Telegram does not answer."""
        async with self.units() as uow:
            resource = await uow.resources.by_soft_id(soft_id)
            chat = await chat_of(uow, resource.id) if resource is not None else None
            if resource is None or chat is None or chat.channel_id is None:
                return Claim.UNKNOWN, ""
            title = chat.title or resource.title
            membership = await membership_of(uow, chat, person, await access_of(uow, chat, person))
        if membership in {Membership.ENTITLED, Membership.EXEMPT}:
            return Claim.HAS, title
        if membership is not Membership.GUEST:
            return Claim.ENDED, title
        try:
            is_inside = await self.chat_membership.presence(chat.channel_id, person) is Presence.INSIDE
        except Permanent:
            is_inside = False
        return (await self._note(chat, person, self.clock.now()) if is_inside else Claim.OUTSIDE), title

    async def _note(self, chat: Channel, person: TelegramId, now: datetime) -> Claim:
        async with self.units() as uow:
            access = await access_of(uow, chat, person)
            if await membership_of(uow, chat, person, access) is not Membership.GUEST:
                return Claim.HAS
            await uow.resources.note_guest(chat.id, person, now)
            await uow.commit()
        return Claim.NOTED
