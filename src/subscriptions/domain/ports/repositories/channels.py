"""Repositories of channels, their invite links and their backup admins."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.ids import AccountId, ChannelId, ChatId, CustomerId, PlanId


class ChannelRepository(Protocol):
    """Repository of channels and their invite links."""

    async def get(self, channel_id: ChannelId, *, lock: bool = False) -> Channel | None: ...
    async def by_chat_id(self, chat_id: ChatId) -> Channel | None: ...
    async def personal_of(self, customer_id: CustomerId, plan_id: PlanId) -> Channel | None:
        """Return the customer's personal channel for a plan; None if there is none or it was deleted."""
        ...

    async def add_if_new(self, channel: Channel) -> bool:
        """Add a channel. Return False if the customer has a channel for this plan already."""
        ...

    async def save(self, channel: Channel) -> None: ...
    async def known_chat_ids(self, account_id: AccountId) -> frozenset[int]:
        """Return the chat ids of an account's recorded channels, so that channels that were not recorded can be
        recognized.
        """
        ...

    async def awaiting_entry(self, account_id: AccountId, now: datetime) -> Sequence[Channel]:
        """Return an account's ready channels with an unexpired invite link that has not been used yet."""
        ...

    async def open_of(self, account_id: AccountId) -> Sequence[Channel]:
        """Return an account's ready and frozen personal channels, the oldest first."""
        ...

    async def count_unlooked(self, cutoff: datetime) -> int:
        """Return the number of ready personal channels whose last inspection was before `cutoff`. A channel that was
        never inspected is counted if it became ready before `cutoff`.
        """
        ...

    async def held_by(self, account_id: AccountId) -> Sequence[Channel]:
        """Return the personal channels that count towards an account's limit: those assigned to the account or created
        by it, until they are deleted at Telegram, and those in which it is the backup admin.
        """
        ...

    async def made_since(self, start: datetime) -> tuple[int, datetime | None]:
        """Return the number of personal channels that exist at Telegram and were assigned to customers since `start`,
        and the earliest time of assignment; None if there are none.

        A pre-created channel counts from the time at which a customer received it.
        """
        ...

    async def precreated(self) -> Sequence[Channel]:
        """Return the pre-created channels, including unfinished ones, the oldest first."""
        ...

    async def take_precreated(self, accounts: Iterable[AccountId], oldest: datetime) -> Channel | None:
        """Lock and return a pre-created channel that no other caller gets: the oldest ready channel, or else an
        unfinished channel whose creation began at `oldest` or later. Return None if there is neither.

        `accounts`: accounts whose channels can be handed over
        """
        ...

    async def list_waiting(self) -> Sequence[Channel]:
        """Return customers' channels that wait for an account that can create them, the oldest first."""
        ...

    async def count_awaited(self) -> int:
        """Return the number of entitled customers, not suspended, who wait for a channel to which no account is
        assigned.
        """
        ...

    async def live_of_plan(self, plan_id: PlanId) -> Sequence[Channel]:
        """Return the plan's ready channels whose customer has access or may enter."""
        ...

    async def add_invite(self, invite: Invite) -> None: ...
    async def save_invite(self, invite: Invite) -> None: ...
    async def get_invite(self, invite_id: UUID) -> Invite | None: ...
    async def live_invites(self, channel_id: ChannelId) -> Sequence[Invite]: ...
    async def first_invite(self, channel_id: ChannelId) -> Invite | None:
        """Return the first invite link ever created for the channel, whatever its status; None if none was created."""
        ...


class BackupAdminRepository(Protocol):
    """Repository of backup admins, at most one per channel."""

    async def find(self, channel_id: ChannelId, *, lock: bool = False) -> BackupAdmin | None: ...
    async def save(self, backup_admin: BackupAdmin) -> None: ...
    async def remove(self, channel_id: ChannelId) -> None: ...
    async def list_lacking(self, account_id: AccountId, limit: int) -> Sequence[Channel]:
        """Return up to `limit` ready channels of customers that this account owns and that have no backup admin, the
        oldest first.
        """
        ...

    async def list_unfinished(self, account_id: AccountId) -> Sequence[BackupAdmin]:
        """Return the backup admins that are not promoted yet, in channels of which this account is the owner or the
        backup admin. The oldest come first.
        """
        ...

    async def list_orphaned(self, account_id: AccountId) -> Sequence[Channel]:
        """Return this account's channels whose customer has access and which have no usable backup admin, so that no
        other account can take them over.

        Channels whose customer is still waiting for an invite link come first, then the oldest.
        """
        ...

    async def bereft(self, account_id: AccountId, limit: int) -> Sequence[BackupAdmin]:
        """Return the promoted backup admins that use this account and must replace the channel's owner, because the
        owner account is dead; the oldest first.
        """
        ...
