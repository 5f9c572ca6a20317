"""In-memory repositories of channels, accesses and userbot accounts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.access import MAY_ENTER, WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite, InviteStatus
from subscriptions.domain.entities.userbot_account import AccountBot, AccountStatus, Bot, UserbotAccount
from subscriptions.domain.ids import AccessId, AccountId, ChannelId, ChatId, CustomerId, PlanId
from tests.fakes.memory import Rows, Working


class MemoryChannels:
    """In-memory ChannelRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Channel] = Rows(
            working,
            "telegram_channels",
            lambda c: c.id,
            {
                "one_channel_per_subscription": lambda c: c.subscription_id,
                "one_channel_per_marker": lambda c: c.marker,
                "one_vip_channel": lambda c: (
                    c.kind if c.kind is ChannelKind.VIP and c.status is not ChannelStatus.DELETED else None
                ),
                "one_row_per_telegram_channel": lambda c: c.channel_id,
                "one_personal_channel_per_customer_and_plan": lambda c: (
                    (c.customer_id, c.plan_id)
                    if c.kind is ChannelKind.PERSONAL and c.status is not ChannelStatus.DELETED and not c.is_precreated
                    else None
                ),
            },
        )
        self._invites: Rows[Invite] = Rows(working, "channel_invites", lambda i: i.id)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)
        self._backup_admins: Rows[BackupAdmin] = Rows(working, "second_owners", lambda s: s.channel_id)

    async def get(self, channel_id: ChannelId, *, lock: bool = False) -> Channel | None:
        return self._rows.one(lambda c: c.id == channel_id, lock=lock)

    async def by_chat_id(self, chat_id: ChatId) -> Channel | None:
        return self._rows.one(lambda c: c.channel_id == chat_id)

    async def personal_of(self, customer_id: CustomerId, plan_id: PlanId) -> Channel | None:
        return self._rows.one(
            lambda c: (
                (c.customer_id, c.plan_id, c.kind) == (customer_id, plan_id, ChannelKind.PERSONAL)
                and c.status is not ChannelStatus.DELETED
            )
        )

    async def add_if_new(self, channel: Channel) -> bool:
        return self._rows.add_if_new(channel)

    async def save(self, channel: Channel) -> None:
        self._rows.save(channel)

    async def known_chat_ids(self, account_id: AccountId) -> frozenset[int]:
        return frozenset(
            c.channel_id for c in self._rows.all() if c.account_id == account_id and c.channel_id is not None
        )

    async def awaiting_entry(self, account_id: AccountId, now: datetime) -> Sequence[Channel]:
        return self._rows.many(
            lambda c: c.account_id == account_id and c.status is ChannelStatus.READY and self._invite_unused(c.id, now),
            order=lambda c: c.ready_at,
        )

    async def open_of(self, account_id: AccountId) -> Sequence[Channel]:
        kept = {ChannelStatus.READY, ChannelStatus.FROZEN}
        return self._rows.many(
            lambda c: c.account_id == account_id and c.status in kept and c.kind is ChannelKind.PERSONAL,
            order=lambda c: (c.created_at, c.id),
        )

    async def count_unlooked(self, cutoff: datetime) -> int:
        ready = [c for c in self._rows.all() if c.kind is ChannelKind.PERSONAL and c.status is ChannelStatus.READY]
        return sum((seen := c.looked_at or c.ready_at) is not None and seen < cutoff for c in ready)

    async def held_by(self, account_id: AccountId) -> Sequence[Channel]:
        behind = {second.channel_id for second in self._backup_admins.all() if second.account_id == account_id}
        return self._rows.many(
            lambda c: (
                (c.account_id == account_id or c.id in behind)
                and c.kind is ChannelKind.PERSONAL
                and c.status is not ChannelStatus.PLANNED
                and (c.status is not ChannelStatus.DELETED or c.delete_at is not None)
            ),
            order=lambda c: (c.created_at, c.id),
        )

    async def made_since(self, start: datetime) -> tuple[int, datetime | None]:
        sold = [c.adopted_at or c.created_at for c in self._rows.all() if c.channel_id and c.customer_id]
        made = [moment for moment in sold if moment >= start]
        return len(made), min(made, default=None)

    async def precreated(self) -> Sequence[Channel]:
        return self._rows.many(
            lambda c: c.is_precreated and c.status is not ChannelStatus.DELETED, order=lambda c: (c.created_at, c.id)
        )

    async def take_precreated(self, accounts: Iterable[AccountId], oldest: datetime) -> Channel | None:
        usable = set(accounts)
        found = [c for c in await self.precreated() if c.account_id in usable]
        ready = [c for c in found if c.status is ChannelStatus.READY]
        young = [
            c for c in found if c.status in {ChannelStatus.CREATING, ChannelStatus.CREATED} and c.created_at >= oldest
        ]
        taken = next(iter([*ready, *young]), None)
        return self._rows.one(lambda c: c.id == taken.id, lock=True) if taken is not None else None

    async def list_waiting(self) -> Sequence[Channel]:
        return self._rows.many(
            lambda c: c.status is ChannelStatus.PLANNED and c.customer_id is not None,
            order=lambda c: (c.created_at, c.id),
        )

    async def count_awaited(self) -> int:
        served = {access.channel_id for access in self._accesses.all() if access.status in WAITS_FOR_LINK}
        return sum(channel.id in served for channel in await self.list_waiting())

    async def live_of_plan(self, plan_id: PlanId) -> Sequence[Channel]:
        inside = {access.channel_id for access in self._accesses.all() if access.status in MAY_ENTER}
        return self._rows.many(
            lambda c: c.plan_id == plan_id and c.status is ChannelStatus.READY and c.id in inside,
            order=lambda c: c.ready_at,
        )

    async def add_invite(self, invite: Invite) -> None:
        self._invites.save(invite)

    async def save_invite(self, invite: Invite) -> None:
        self._invites.save(invite)

    async def get_invite(self, invite_id: UUID) -> Invite | None:
        return self._invites.one(lambda i: i.id == invite_id)

    async def first_invite(self, channel_id: ChannelId) -> Invite | None:
        found = self._invites.many(lambda i: i.channel_id == channel_id, order=lambda i: (i.created_at, i.id))
        return found[0] if found else None

    async def live_invites(self, channel_id: ChannelId) -> Sequence[Invite]:
        return self._invites.many(
            lambda i: i.channel_id == channel_id and i.status is InviteStatus.LIVE,
            order=lambda i: (i.created_at, i.id),
        )

    def _invite_unused(self, channel_id: ChannelId, now: datetime) -> bool:
        waiting = {
            access.customer_id
            for access in self._accesses.all()
            if access.channel_id == channel_id
            and access.status in MAY_ENTER
            and access.status is not AccessStatus.ACTIVE
        }
        return any(
            invite.channel_id == channel_id and invite.usable(now) and invite.customer_id in waiting
            for invite in self._invites.all()
        )


class MemoryAccesses:
    """In-memory AccessRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Access] = Rows(
            working,
            "accesses",
            lambda a: a.id,
            {"one_access_per_customer_and_channel": lambda a: (a.customer_id, a.channel_id)},
        )

    async def get(self, access_id: AccessId, *, lock: bool = False) -> Access | None:
        return self._rows.one(lambda a: a.id == access_id, lock=lock)

    async def find(self, customer_id: CustomerId, channel_id: ChannelId, *, lock: bool = False) -> Access | None:
        return self._rows.one(lambda a: (a.customer_id, a.channel_id) == (customer_id, channel_id), lock=lock)

    async def of_channel(self, channel_id: ChannelId, *, lock: bool = False) -> Sequence[Access]:
        return self._rows.many(lambda a: a.channel_id == channel_id, order=lambda a: (a.created_at, a.id), lock=lock)

    async def page_of_channel(self, channel_id: ChannelId, after_id: AccessId | None, limit: int) -> Sequence[Access]:
        later = self._rows.many(
            lambda a: a.channel_id == channel_id and (after_id is None or a.id > after_id), order=lambda a: a.id
        )
        return later[:limit]

    async def list_leaving(self) -> Sequence[Access]:
        return self._rows.many(lambda a: a.status is AccessStatus.REVOKING, order=lambda a: (a.created_at, a.id))

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Access]:
        return self._rows.many(lambda a: a.customer_id == customer_id, order=lambda a: (a.created_at, a.id))

    async def save(self, access: Access) -> None:
        self._rows.save(access)


class MemoryAccounts:
    """In-memory AccountRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[UserbotAccount] = Rows(
            working, "userbot_accounts", lambda a: a.id, {"one_account_per_phone": lambda a: a.phone}
        )
        self._bots: Rows[Bot] = Rows(working, "bots", lambda b: b.telegram_id)
        self._account_bots: Rows[AccountBot] = Rows(working, "account_bots", lambda k: (k.account_id, k.bot_id))
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)

    async def get(self, account_id: AccountId, *, lock: bool = False) -> UserbotAccount | None:
        return self._rows.one(lambda a: a.id == account_id, lock=lock)

    async def all(self, *, lock: bool = False) -> Sequence[UserbotAccount]:
        return self._rows.many(lambda a: True, order=lambda a: a.id, lock=lock)

    async def can_provide_channel(self) -> bool:
        accounts = self._rows.all()
        is_stocked = any(c.is_precreated and c.status is ChannelStatus.READY for c in self._channels.all())
        statuses = {each.status for each in accounts}
        has_room = any(each.room_left for each in accounts)
        return (
            not accounts
            or has_room
            or (is_stocked and not statuses.isdisjoint({AccountStatus.ACTIVE, AccountStatus.FULL}))
        )

    async def list_without_secrets(self) -> Sequence[UserbotAccount]:
        return [dataclasses.replace(each, phone="", session="") for each in await self.all()]

    async def add_if_new(self, account: UserbotAccount) -> bool:
        number = AccountId(1 + max((known.id for known in self._rows.all()), default=0))
        if not self._rows.add_if_new(dataclasses.replace(account, id=number)):
            return False
        account.id = number
        return True

    async def save(self, account: UserbotAccount) -> None:
        if self._rows.one(lambda a: a.id == account.id) is not None:
            self._rows.save(account)

    async def bots(self) -> Sequence[Bot]:
        return self._bots.many(lambda b: True, order=lambda b: b.telegram_id)

    async def save_bot(self, bot: Bot) -> None:
        self._bots.save(bot)

    async def bot_seen_by(self, account_id: AccountId, bot_id: int) -> AccountBot | None:
        return self._account_bots.one(lambda k: (k.account_id, k.bot_id) == (account_id, bot_id))

    async def save_account_bot(self, account_bot: AccountBot) -> None:
        self._account_bots.save(account_bot)
