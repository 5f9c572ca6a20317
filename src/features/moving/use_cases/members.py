"""Members of a shared chat who have no plan: the members known to the bot, and their claims to have paid in another
system.
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
"""Prefix of the deep link by which a member claims to have paid in another system; the resource's slug follows."""
SHOWN: Final = 100
"""Maximum number of members of a chat that are listed, the longest known first."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Member of a chat without a plan. `customer`: None for a person who never started the bot."""

    telegram_id: TelegramId
    customer: Customer | None

    @property
    def name(self) -> str:
        """Return the name and username, or the Telegram id of a person without either."""
        if self.customer is None:
            return str(self.telegram_id)
        at = f" @{self.customer.username}" if self.customer.username else ""
        return f"{self.customer.full_name}{at}"


@dataclass(frozen=True, kw_only=True)
class ChatMembers:
    """Chat with its members who have no plan.

    total: number of members without a plan, of whom only some are listed
    link: URL of the button for members who paid in another system; None before the bot has a username
    """

    id: ResourceId
    title: str
    members: Sequence[Member]
    total: int
    link: str | None


async def chat_of(uow: UnitOfWork, resource_id: ResourceId) -> Channel | None:
    """Return the chat of a resource; None if there is no chat, or if the chat is of a kind from which people without
    access are removed.
    """
    resource = await uow.resources.get(resource_id)
    channel = await uow.resources.channel(resource_id) if resource is not None else None
    return channel if channel is not None and not kind_of_channel(channel).strangers_go else None


async def waiting(uow: UnitOfWork, chat: Channel) -> Sequence[TelegramId]:
    """Return the people who are in a chat without a plan: those recorded as guests, except people who have access that
    is not revoked.
    """
    people = await uow.resources.guests(chat.id)
    customers = {each.id: each.telegram_id for each in await uow.customers.with_telegram_ids(people)}
    accesses = await uow.accesses.of_channel(chat.id)
    known = {customers.get(each.customer_id) for each in accesses if each.status is not AccessStatus.REVOKED}
    return [person for person in people if person not in known]


async def named(uow: UnitOfWork, people: Sequence[TelegramId]) -> Sequence[Member]:
    """Return the people as members, each with the customer's data if the person has started the bot."""
    customers = {each.telegram_id: each for each in await uow.customers.with_telegram_ids(people)}
    return [Member(telegram_id=person, customer=customers.get(person)) for person in people]


@dataclass(frozen=True)
class SeeMembers:
    """Use case that returns the members without a plan, by chat. Raises NotAllowed if the actor lacks
    the permission.
    """

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(StaffAction.GRANT_PLAN)
    async def chats(self, uow: UnitOfWork) -> Sequence[ChatMembers]:
        """Return every chat that may have members without a plan, sorted by title."""
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
    """Return the URL of the button for members of a chat who paid in another system; None before the bot has a
    username.
    """
    return f"https://t.me/{bot}?start={LINK}{resource.soft_id}" if bot else None


class Claim(StrEnum):
    """Answer to a person who claims to have paid in another system.

    - noted: the person is in the chat, and staff sees the person in the list
    - has: the person already has access
    - outside: the person is not in the chat according to Telegram
    - ended: the person's access ended, so a new purchase is needed
    - unknown: the chat no longer exists
    """

    NOTED = "noted"
    HAS = "has"
    OUTSIDE = "outside"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ClaimMembership:
    """Use case that records a member who claims to have paid in another system. A claim neither grants nor removes
    access: it adds the person to the list from which staff gives a plan. Idempotent.
    """

    units: UnitOfWorkFactory
    clock: Clock
    chat_membership: ChatMembership

    async def __call__(self, person: TelegramId, soft_id: str) -> tuple[Claim, str]:
        """Record the claim. Return the answer and the title of the chat. Raises RetryLater if Telegram does not
        respond.
        """
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
