"""Search for join requests that no Telegram update reported. The channel's owning account lists and answers them."""

from collections import defaultdict
from typing import Final

import structlog

from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.dto.policy import Policy
from subscriptions.application.join_requests.owner_answers import answer_waiting, audit_members
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef, JoinRequester, PeerGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

LISTING: Final = "GetChatInviteImporters"


class ScanJoinRequests:
    """Use case that answers the open join requests in each channel of an account that a customer is
    expected to join.
    """

    def __init__(
        self, units: UnitOfWorkFactory, account_care: AccountCare, join_desk: JoinDesk, clock: Clock, policy: Policy
    ) -> None:
        self._units = units
        self._account_care = account_care
        self._join_desk = join_desk
        self._clock = clock
        self._policy = policy
        # People whose approval may have been lost: no list contains their requests any more, and an update about them
        # may never arrive.
        self._unsure: dict[ChannelId, list[JoinRequester]] = defaultdict(list)

    async def __call__(self, account_id: AccountId) -> int:
        """Answer the open requests, and return their number. The caller must hold the account's lease."""
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
            channels = await uow.channels.awaiting_entry(account_id, self._clock.now())
        if account is None or not channels or self._is_waiting(account):
            return 0
        answered_count = 0
        async with self._account_care.at_work(account) as telegram:
            for channel in channels:
                answered_count += await self._channel(channel, telegram)
        return answered_count

    def _is_waiting(self, account: UserbotAccount) -> bool:
        return account.is_dead or not account.may_call(LISTING, self._clock.now())

    async def _channel(self, channel: Channel, telegram: ChannelProvisioner) -> int:
        if channel.channel_id is None or channel.access_hash is None:
            return 0
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        try:
            if not self._policy.invite_by_request and kind_of_channel(channel).for_one:
                # Without join requests, a person who used a link is a member. For a shared channel, this would list all
                # its members.
                await audit_members(self._join_desk, ref, telegram, self._clock.now())
            await self._make_sure(ref, telegram, self._unsure[channel.id])
            return await answer_waiting(self._join_desk, ref, telegram, self._unsure[channel.id])
        except PeerGone as gone_error:
            await self._let_go(channel, str(gone_error))
            return 0
        except Permanent as error:
            # A channel that can't be checked does not delay the others.
            log.error("join requests could not be listed", channel=str(channel.id), reason=str(error))
            return 0

    async def _make_sure(self, ref: ChannelRef, telegram: ChannelProvisioner, unsure: list[JoinRequester]) -> None:
        while unsure:
            try:
                is_inside = await telegram.is_member(ref, unsure[-1])
            except Permanent:
                # A person who can't be checked, for example because of a deleted account, must not delay the next
                # check.
                unsure.pop()
                raise
            if is_inside:
                await self._join_desk.record_entry(ref.chat_id, unsure[-1].telegram_id)
            unsure.pop()

    async def _let_go(self, channel: Channel, reason: str) -> None:
        """Release a shared channel from an account that is no longer an administrator of the channel, so that another
        account can list the channel's requests.
        """
        log.error("join requests could not be listed", channel=str(channel.id), reason=reason)
        if kind_of_channel(channel).for_one:
            return
        async with self._units() as uow:
            fresh = await uow.channels.get(channel.id, lock=True)
            if fresh is not None and fresh.account_id == channel.account_id:
                fresh.account_id, fresh.access_hash = None, None
                await uow.channels.save(fresh)
                await uow.commit()
