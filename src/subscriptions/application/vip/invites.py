"""Invite links to shared chats: created by the bot, for one customer each, and revoked after use. `channel_id`
identifies the chat; None means the VIP channel.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.join_rules import channel_named, shared_channel, wants_link
from subscriptions.application.access.kinds.shared_channel.grant_shared import beside_vip, entry_at, link_beside_vip
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.events import VipInviteReady, VipLinkOutdated
from subscriptions.domain.ids import ChannelId, ChatId, CustomerId, TelegramId, new_uuid
from subscriptions.domain.ports.chat_membership import ChatMembership, Presence
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import InviteMaker, MadeLink
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

BOT: Final = "bot"
"""Value recorded as the creator of links that the bot creates. Only its creator can revoke a link."""


@dataclass(frozen=True, kw_only=True)
class _Intent:
    """Link that is about to be created. `invite_id`: id of the link, the same for every retry."""

    invite_id: UUID
    channel: Channel
    chat: ChatId
    customer_id: CustomerId
    person: TelegramId


@dataclass(frozen=True)
class VipInvites:
    """Service that creates and revokes invite links. Its methods raise RetryLater, Ambiguous and Permanent as the
    Telegram adapters do.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    maker: InviteMaker
    chat_membership: ChatMembership
    join_desk: JoinDesk

    async def offer(self, telegram_id: TelegramId, resource: str = VIP) -> Invite | None:
        """Return a valid invite link for the screen that the customer is looking at; see `give`. Return None also if
        the chat is not configured, the person is unknown, or Telegram refuses. If Telegram refuses, the job
        `bot.tend_vip_entry` retries and sends the link.

        `resource`: slug of the shared chat
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            channel = await channel_named(uow, resource)
        if channel is None:
            log.error(f"❌ {resource}: channel not configured")
            return None
        if customer is None:
            log.error(f"❌ VIP subscriber not found for user {telegram_id}")
            return None
        channel_id = beside_vip(channel)
        try:
            if await self.see_inside(customer.id, channel_id):
                return None
            return await self.give(customer.id, tell=False, channel_id=channel_id)
        except (RetryLater, Ambiguous, Permanent) as refusal:
            log.error(f"❌ Error creating invite link for user {telegram_id}: {refusal}")
            await self.give_later(customer.id, channel_id)
            return None

    async def give(self, customer_id: CustomerId, *, tell: bool, channel_id: ChannelId | None = None) -> Invite | None:
        """Return a valid link, existing or new. Return None if the customer may not join or is already a member.
        `tell`: True to send the link to the customer in a message.
        """
        intent = await self._intend(customer_id, channel_id)
        if intent is None:
            return intent
        if isinstance(intent, Invite):
            await self._lift_ban(intent)
            return intent
        if not await self._may_join(intent):
            return None
        expires_at = self.clock.now() + self.policy.shared_invite_lifetime
        link = await self.maker.make(
            intent.chat,
            f"{intent.person}-{intent.invite_id.hex[:8]}",
            expires_at,
            by_request=self.policy.invite_by_request,
        )
        invite = await self._record(intent, link, tell=tell)
        await self.put_away(customer_id, keep=invite, channel_id=channel_id)
        return invite

    async def _may_join(self, intent: _Intent) -> bool:
        """Return True if the customer is not a member and is not banned. If Telegram reports that they are a member or
        banned, this is recorded.

        A ban by Umbral, for example one left from a removal, or a ban that staff decided to lift is lifted.
        """
        presence = await self.chat_membership.presence(intent.chat, intent.person)
        if presence is Presence.OUTSIDE:
            return True
        async with self.units() as uow:
            is_ours = await uow.resources.is_ban_ours(intent.channel.id, intent.person)
        if presence is Presence.INSIDE or not is_ours:
            await self.join_desk.record_presence(intent.chat, intent.person, presence)
            return False
        await self._pardon(intent.channel.id, intent.chat, intent.person)
        return True

    async def _lift_ban(self, invite: Invite) -> None:
        """Lift a ban made by Umbral that would prevent the customer from using an existing link."""
        async with self.units() as uow:
            channel, customer = await uow.channels.get(invite.channel_id), await uow.customers.get(invite.customer_id)
            if channel is None or channel.channel_id is None or customer is None:
                return
            is_ours = await uow.resources.is_ban_ours(channel.id, customer.telegram_id)
        if is_ours:
            await self._pardon(channel.id, channel.channel_id, customer.telegram_id)

    async def _pardon(self, channel_id: ChannelId, chat: ChatId, person: TelegramId) -> None:
        await self.chat_membership.pardon(chat, person)
        await self.join_desk.forget_ban(channel_id, person)

    async def give_later(self, customer_id: CustomerId, channel_id: ChannelId | None = None) -> None:
        """Queue a job that creates and sends the link, unless such a job is already waiting."""
        async with self.units() as uow:
            uow.record(VipLinkOutdated(customer_id, channel_id=channel_id))
            await uow.commit()

    async def see_inside(self, customer_id: CustomerId, channel_id: ChannelId | None = None) -> bool:
        """Return True if the customer is recorded as a member and is in the chat. If a recorded member is not in the
        chat, record that the customer left, so that the customer may get a link again.
        """
        async with self.units() as uow:
            channel = await shared_channel(uow, channel_id)
            customer = await uow.customers.get(customer_id)
            access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
        if channel is None or channel.channel_id is None or customer is None or access is None:
            return False
        if access.status is not AccessStatus.ACTIVE:
            return False
        presence = await self.chat_membership.presence(channel.channel_id, customer.telegram_id)
        if presence is not Presence.INSIDE:
            await self.join_desk.record_presence(channel.channel_id, customer.telegram_id, presence)
        return presence is Presence.INSIDE

    async def put_away(
        self, customer_id: CustomerId, *, keep: Invite | None = None, channel_id: ChannelId | None = None
    ) -> bool:
        """Revoke the customer's outdated links. If the customer has joined, lost access or restarted the entry steps,
        revoke all links. Return True if the customer should have a link.

        `keep`: link that was requested just now, which is kept at any entry step
        """
        async with self.units() as uow:
            channel = await shared_channel(uow, channel_id)
            if channel is None or channel.channel_id is None:
                return False
            invites = await uow.of(VIP_KEY).live_invites(channel.id, customer_id)
            is_awaited = await wants_link(uow, customer_id, channel_id)
        now = self.clock.now()
        good = next((item for item in reversed(invites) if is_awaited and item.usable(now)), None)
        kept_ids = {item.id for item in (good, keep) if item is not None}
        for invite in invites:
            if invite.id not in kept_ids:
                await self._retire(channel.channel_id, invite)
        return is_awaited

    async def _retire(self, chat: ChatId, invite: Invite) -> None:
        if invite.creator == BOT:
            await self.maker.revoke(chat, invite.url)
        async with self.units() as uow:
            invite.revoke(self.clock.now())
            await uow.channels.save_invite(invite)
            await uow.commit()

    async def _intend(self, customer_id: CustomerId, channel_id: ChannelId | None) -> Invite | _Intent | None:
        async with self.units() as uow:
            channel = await shared_channel(uow, channel_id)
            customer = await uow.customers.get(customer_id)
            if channel is None or channel.channel_id is None or customer is None:
                return None
            access = await uow.accesses.find(customer_id, channel.id, lock=True)
            is_returning = access is not None and access.ask_back()
            if access is not None and is_returning:
                await uow.accesses.save(access)
            if access is None or access.status not in WAITS_FOR_LINK:
                return None
            now = self.clock.now()
            good = [item for item in await uow.of(VIP_KEY).live_invites(channel.id, customer_id) if item.usable(now)]
            if good:
                if is_returning:
                    await uow.commit()
                return good[-1]
            if access.next_invite_id is None:
                access.next_invite_id = new_uuid()
                await uow.accesses.save(access)
                await uow.commit()
        return _Intent(
            invite_id=access.next_invite_id,
            channel=channel,
            chat=channel.channel_id,
            customer_id=customer_id,
            person=customer.telegram_id,
        )

    async def _record(self, intent: _Intent, link: MadeLink, *, tell: bool) -> Invite | None:
        """Record the link and return it. Return None if access ended, or the customer joined, while the link was being
        created.
        """
        now, stage = self.clock.now(), None
        invite = Invite(
            id=intent.invite_id,
            channel_id=intent.channel.id,
            customer_id=intent.customer_id,
            url=link.url,
            creator=BOT,
            created_at=now,
            expires_at=link.expires_at,
        )
        async with self.units() as uow:
            access = await uow.accesses.find(intent.customer_id, intent.channel.id, lock=True)
            known_invite = await uow.channels.get_invite(invite.id)
            is_wanted = access is not None and access.status in WAITS_FOR_LINK and known_invite is None
            if known_invite is not None:
                # Two concurrent requests created two links; the second one is revoked.
                invite.id = new_uuid()
            await uow.channels.add_invite(invite)
            if access is not None and is_wanted:
                stage = await self._hand_over(uow, intent.channel, access, invite, tell=tell)
                other = beside_vip(intent.channel)
                upkeep = jobs.TendVipEntry(customer_id=intent.customer_id, upkeep=True, channel_id=other)
                await uow.enqueue(upkeep.delayed_job(invite.expires_at, f"vip_expired:{invite.id}"))
            else:
                invite.distrust(now)
                await uow.channels.save_invite(invite)
            await uow.commit()
        if is_wanted:
            lasts, name = _hours(invite.expires_at - now), invite.id.hex[:8]
            log.info(f"✅ {lasts} invite link created for user {intent.person} | Stage={stage} | Link={name}")
        return known_invite if known_invite is not None else (invite if is_wanted else None)

    async def _hand_over(
        self, uow: UnitOfWork, channel: Channel, access: Access, invite: Invite, *, tell: bool
    ) -> int | None:
        """Record that the customer's link is available, and return the current entry step. Return None if there are no
        entry steps.

        `tell`: True to send the link; with entry steps, it is sent in the message that shows the current step
        """
        entry = await entry_at(uow, channel, access.customer_id, lock=True)
        if tell and entry is None and not channel.is_vip:
            access.invite(invite.id)
        else:
            access.mark_invited()
        await uow.accesses.save(access)
        if tell and (entry is not None or channel.is_vip):
            uow.record(VipInviteReady(access.customer_id, invite.id, link_beside_vip(channel, access)))
        if entry is None:
            return None
        entry.invite_link_sent_at = self.clock.now()
        await uow.of(VIP_ENTRIES_KEY).save(entry)
        return entry.vip_entry_stage


def _hours(span: timedelta) -> str:
    return f"{round(span / timedelta(hours=1))}h"
