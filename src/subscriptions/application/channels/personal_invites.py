"""Invite links of a personal channel. There is one working link while the customer is expected to join, and none
otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.dto.jobs import TendChannel
from subscriptions.application.dto.policy import Policy
from subscriptions.application.join_requests.owner_answers import answer_waiting, audit_members
from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.ids import AccountId, ChannelId, CustomerId, new_uuid
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef
from subscriptions.domain.ports.chat_membership import Presence
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import channel_texts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _InviteState:
    """State of a channel's invite links.

    access: access of the customer who is expected to join; None if no customer is
    good: working link of this customer; None if there is none
    """

    access: Access | None
    good: Invite | None
    others: Sequence[Invite]


@dataclass(frozen=True)
class PersonalInvites:
    """Use case that creates, keeps and revokes the invite links of a personal channel."""

    units: UnitOfWorkFactory
    join_desk: JoinDesk
    clock: Clock
    policy: Policy

    async def __call__(
        self,
        account_id: AccountId,
        channel: Channel,
        ref: ChannelRef,
        telegram: ChannelProvisioner,
        *,
        upkeep: bool,
        mend: bool,
    ) -> None:
        """Create or revoke links, so that a customer who is expected to join has one working link.

        upkeep: True to only revoke links; a new link is created when the customer requests one
        mend: True to check for unknown links even if a link works
        """
        state = await self._state(channel.id)
        if state.access is not None and state.access.joined_at is not None and not upkeep:
            # A customer who was a member before may never have left, and then needs no link.
            await audit_members(self.join_desk, ref, telegram, self.clock.now())
            state = await self._state(channel.id)
        if state.access is not None and not upkeep and not await self._may_join(state.access, ref, telegram):
            state = await self._state(channel.id)
        for invite in state.others:
            await self._retire(invite, ref, telegram)
        good = state.good
        if good is None and state.access is not None and not upkeep:
            good = await self._invite(account_id, channel.marker, state.access, ref, telegram)
        if good is None:
            await self._close(channel, ref, telegram)
            return
        if mend:
            await self._revoke_unknown(ref, telegram, own_url=good.url)
        if not upkeep:
            # The link's title now contains the marker, so the marker is removed from the description, which members
            # read. The customer has the link even if Telegram refuses this change.
            await telegram.describe(ref, await self._description_of(channel, good.customer_id))

    async def _state(self, channel_id: ChannelId) -> _InviteState:
        async with self.units() as uow:
            accesses = await uow.accesses.of_channel(channel_id)
            invites = await uow.channels.live_invites(channel_id)
        open_access = next((access for access in accesses if access.status in WAITS_FOR_LINK), None)
        now = self.clock.now()
        usable = [
            invite
            for invite in invites
            if open_access is not None and invite.customer_id == open_access.customer_id and invite.usable(now)
        ]
        good = usable[-1] if usable else None
        return _InviteState(open_access, good, [invite for invite in invites if invite is not good])

    async def _retire(self, invite: Invite, ref: ChannelRef, telegram: ChannelProvisioner) -> None:
        await telegram.revoke_link(ref, invite.url)
        async with self.units() as uow:
            invite.revoke(self.clock.now())
            await uow.channels.save_invite(invite)
            await uow.commit()

    async def _invite(
        self, account_id: AccountId, marker: str, access: Access, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> Invite | None:
        invite_id = await self._intend(access)
        if invite_id is None:
            return None
        now = self.clock.now()
        expires_at = now + self.policy.invite_lifetime
        title = channel_texts.link_title(marker, invite_id)
        link = await telegram.export_link(ref, title, expires_at, by_request=self.policy.invite_by_request)
        invite = Invite(
            id=invite_id,
            channel_id=access.channel_id,
            customer_id=access.customer_id,
            url=link.url,
            creator=f"account:{account_id}",
            created_at=now,
            expires_at=link.expires_at or expires_at,
        )
        if await self._record(account_id, access, invite):
            return invite
        await self._retire(invite, ref, telegram)
        return None

    async def _may_join(self, access: Access, ref: ChannelRef, telegram: ChannelProvisioner) -> bool:
        """Lift a ban that Umbral made, and return True if no ban excludes the customer.

        Any other ban is recorded and the access is put on hold. Only a channel that the customer has joined before, or
        that has a recorded ban, is checked for bans.
        """
        async with self.units() as uow:
            customer = await uow.customers.get(access.customer_id)
            is_ours = customer is not None and await uow.resources.is_ban_ours(access.channel_id, customer.telegram_id)
        if customer is None or (access.joined_at is None and not is_ours):
            return customer is not None
        if customer.telegram_id not in await telegram.banned(ref):
            return True
        if not is_ours:
            await self.join_desk.record_presence(ref.chat_id, customer.telegram_id, Presence.BANNED)
            return False
        await telegram.pardon(ref, customer.telegram_id)
        await self.join_desk.forget_ban(access.channel_id, customer.telegram_id)
        return True

    async def _description_of(self, channel: Channel, customer_id: CustomerId) -> str:
        async with self.units() as uow:
            plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
            customer = await uow.customers.get(customer_id)
        language = customer.language if customer is not None else ""
        return channel_texts.channel_about(self.policy.channel_about, self.policy.brand, plan, language)

    async def _intend(self, pending_access: Access) -> UUID | None:
        """Return the id of the link to create, which is the same for every retry. The id is part of the link's title,
        by which a link is found if Telegram's answer was lost. Return None if the customer no longer waits for a link.
        """
        async with self.units() as uow:
            access = await uow.accesses.get(pending_access.id, lock=True)
            if access is None or access.status not in WAITS_FOR_LINK:
                return None
            if access.next_invite_id is None:
                access.next_invite_id = new_uuid()
                await uow.accesses.save(access)
                await uow.commit()
            return access.next_invite_id

    async def _record(self, account_id: AccountId, pending_access: Access, invite: Invite) -> bool:
        """Store the created link. Return False if the access ended or the customer joined while the
        link was created.
        """
        async with self.units() as uow:
            # The channel is locked before the access, as everywhere else.
            await uow.channels.get(invite.channel_id, lock=True)
            access = await uow.accesses.get(pending_access.id, lock=True)
            is_wanted = access is not None and access.status in WAITS_FOR_LINK
            await uow.channels.add_invite(invite)
            if access is not None:
                if is_wanted:
                    access.invite(invite.id)
                access.next_invite_id = None
                await uow.accesses.save(access)
            put_away = TendChannel(account_id=account_id, channel_id=invite.channel_id, upkeep=True)
            await uow.enqueue(put_away.delayed_job(invite.expires_at, f"expired:{invite.id}"))
            await uow.commit()
        return is_wanted

    async def _close(self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner) -> None:
        """Revoke every link, and answer the open join requests.

        Recorded links have been revoked already. Links whose creation was not confirmed and unreported join requests
        appear only in Telegram's lists.
        """
        if not kind_of_channel(channel).needs_account:
            return
        await self._revoke_unknown(ref, telegram)
        await answer_waiting(self.join_desk, ref, telegram)

    async def _revoke_unknown(self, ref: ChannelRef, telegram: ChannelProvisioner, own_url: str | None = None) -> None:
        for link in await telegram.links(ref):
            if not link.primary and not link.is_revoked and link.url != own_url:
                log.warning("unknown link revoked", channel=ref.chat_id)
                await telegram.revoke_link(ref, link.url)
