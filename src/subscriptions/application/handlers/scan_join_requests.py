"""Requests to join that no update told of: listed by the owning account and answered the same way."""

from dataclasses import dataclass

from subscriptions.application.handlers.join_desk import JoinDesk
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    AccountSessions,
    ChannelProvisioner,
    ChannelRef,
    JoinRequester,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class ScanJoinRequests:
    """Looks at every channel of an account whose customer is awaited."""

    def __init__(self, units: UnitOfWorkFactory, sessions: AccountSessions, desk: JoinDesk, clock: Clock) -> None:
        self._units = units
        self._sessions = sessions
        self._desk = desk
        self._clock = clock

    async def __call__(self, account_id: AccountId) -> int:
        """How many requests were answered. The caller holds the account's lease."""
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
            channels = await uow.channels.awaiting_entry(account_id, self._clock.now())
        if account is None or account.status is AccountStatus.DEAD or not channels:
            return 0
        answered = 0
        async with self._sessions.open(account) as telegram:
            for channel in channels:
                answered += await self._channel(channel, telegram)
        return answered

    async def _channel(self, channel: Channel, telegram: ChannelProvisioner) -> int:
        if channel.channel_id is None or channel.access_hash is None:
            return 0
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        waiting = await telegram.join_requests(ref)
        for person in waiting:
            await self._desk.answer(channel.channel_id, person.telegram_id, _OwnerDoor(telegram, ref, person))
        return len(waiting)


@dataclass(frozen=True)
class _OwnerDoor:
    """The door as the owning account opens it, for one person on its list."""

    telegram: ChannelProvisioner
    channel: ChannelRef
    person: JoinRequester

    async def approve(self, chat: ChatId, person: TelegramId) -> bool:
        return await self.telegram.answer_request(self.channel, self.person, approve=True)

    async def decline(self, chat: ChatId, person: TelegramId) -> bool:
        return await self.telegram.answer_request(self.channel, self.person, approve=False)

    async def is_inside(self, chat: ChatId, person: TelegramId) -> bool:
        return await self.telegram.is_member(self.channel, self.person)
