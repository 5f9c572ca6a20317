"""Removal of a person from a channel. The bot tries first, because it needs only the person's Telegram id."""

from dataclasses import dataclass

import structlog

from subscriptions.application.access.membership import LEFT_IN_PEACE, Membership
from subscriptions.application.access.removal import Leaver, Removal
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccessId, ChannelId, ChatId, TelegramId
from subscriptions.domain.ports.chat_membership import ChatMembership, Presence
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RemovePerson:
    """Use case that removes a person from a channel, unless the person has become entitled to stay."""

    units: UnitOfWorkFactory
    chat_membership: ChatMembership
    removal: Removal

    async def __call__(self, access_id: AccessId) -> None:
        """Remove a customer whose access ended or is paused. The access keeps the status `revoking` until the removal.
        Raises RetryLater.

        Nothing is done for a customer who has left already or has regained access.
        """
        async with self.units() as uow:
            access = await uow.accesses.get(access_id)
            customer = await uow.customers.get(access.customer_id) if access is not None else None
        if access is not None and customer is not None and access.status is not AccessStatus.REVOKED:
            await self.from_channel(access.channel_id, customer.telegram_id)

    async def from_channel(self, channel_id: ChannelId, person: TelegramId, link: str = "") -> None:
        """Remove a customer or stranger from a channel, unless the person has become entitled to stay. `link`: another
        customer's link by which the person entered the shared channel.
        """
        leaver = await self.removal.look(channel_id, person, link)
        if leaver is None:
            return
        chat, is_out = leaver.channel.channel_id, True
        if chat is not None and leaver.membership not in LEFT_IN_PEACE:
            try:
                if (
                    leaver.was_customer
                    and not leaver.is_ban_ours
                    and not await self.chat_membership.is_inside(chat, person)
                ):
                    return
                is_out = await self._remove_by_bot(leaver, chat)
            except Permanent as refusal:
                await self._forget_unmade(leaver, chat)
                await self.removal.remove_by_owner(leaver, str(refusal))
                return
        if not is_out:
            await self.removal.spare_admin(leaver)
        elif leaver.membership is not Membership.ENTITLED:
            await self.removal.record_exit(leaver)

    async def from_old_chat(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Remove a customer from a replaced chat, for which Umbral no longer stores accesses. Staff, bots, userbot
        accounts and administrators of the chat stay. Raises Permanent if Telegram refuses the removal, and RetryLater.
        """
        leaver = await self.removal.look(channel_id, person)
        chat = leaver.channel.channel_id if leaver is not None else None
        if leaver is None or chat is None or leaver.membership is Membership.EXEMPT:
            return
        try:
            if not leaver.is_ban_ours and not await self.chat_membership.is_inside(chat, person):
                return
            if not await self._ban_for_a_moment(leaver, chat):
                log.info("an administrator stays in an old chat", channel=str(channel_id), person=person)
        except Permanent:
            await self._forget_unmade(leaver, chat)
            raise
        await self.removal.forget(leaver)

    async def _remove_by_bot(self, leaver: Leaver, chat: ChatId) -> bool:
        """Remove the person through the bot. Return False if the person is an administrator of the chat and stays."""
        if not leaver.has_to_go:
            if leaver.is_ban_ours:
                # An interrupted removal may have left a ban; the customer is entitled again, so the ban is lifted.
                await self.chat_membership.pardon(chat, leaver.person)
                await self.removal.forget(leaver)
            return True
        await self.chat_membership.decline(chat, leaver.person)
        if not leaver.is_ban_ours and await self.chat_membership.presence(chat, leaver.person) is Presence.BANNED:
            # An administrator of the chat banned the person; the ban stays.
            return True
        return await self._ban_for_a_moment(leaver, chat)

    async def _ban_for_a_moment(self, leaver: Leaver, chat: ChatId) -> bool:
        """Ban the person and lift the ban. Return False if the person is an administrator of the chat and stays."""
        if not leaver.is_ban_ours:
            await self.removal.begin(leaver)
        return await self.chat_membership.remove(chat, leaver.person)

    async def _forget_unmade(self, leaver: Leaver, chat: ChatId) -> None:
        """Delete the record of a ban that Telegram refused, so that a later ban counts as an administrator's."""
        try:
            presence = await self.chat_membership.presence(chat, leaver.person)
        except Permanent:
            return
        if presence is not Presence.BANNED:
            await self.removal.forget(leaver)
