"""Channels and the links into them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.second_owner import SecondOwner
from subscriptions.domain.ids import AccountId, ChannelId, ChatId, CustomerId, PlanId


class ChannelRepository(Protocol):
    """Channels and the links into them."""

    async def get(self, channel_id: ChannelId, *, lock: bool = False) -> Channel | None: ...
    async def by_chat_id(self, chat_id: ChatId) -> Channel | None: ...
    async def personal_of(self, customer_id: CustomerId, plan_id: PlanId) -> Channel | None:
        """The customer's own channel for a plan, unless it was deleted."""
        ...

    async def add_if_new(self, channel: Channel) -> bool:
        """False: the customer has a channel for this plan already."""
        ...

    async def save(self, channel: Channel) -> None: ...
    async def known_chat_ids(self, account_id: AccountId) -> frozenset[int]:
        """All channels of an account that we know, so that an unknown one can be recognised."""
        ...

    async def awaiting_entry(self, account_id: AccountId, now: datetime) -> Sequence[Channel]:
        """Ready channels of an account with a live invite that nobody used yet."""
        ...

    async def open_of(self, account_id: AccountId) -> Sequence[Channel]:
        """Ready and frozen channels of an account, the oldest first."""
        ...

    async def count_unlooked(self, cutoff: datetime) -> int:
        """How many ready personal channels were ready before then, and were last looked at before then or never."""
        ...

    async def held_by(self, account_id: AccountId) -> Sequence[Channel]:
        """Personal channels that take an account's room: assigned to it or made by it, until they are gone at Telegram,
        and those it is the second owner of."""
        ...

    async def made_since(self, start: datetime) -> tuple[int, datetime | None]:
        """How many customers got a channel of their own since then that was made, and when the first of them was to.

        One made ahead of demand counts from the moment it became somebody's.
        """
        ...

    async def stock(self) -> Sequence[Channel]:
        """Channels ahead of demand, also those still being made, the oldest first."""
        ...

    async def take_stock(self, accounts: Iterable[AccountId], oldest: datetime) -> Channel | None:
        """One of them, locked, for the taker alone: the oldest ready one, else one under way that was begun since then.

        accounts: those that can hand theirs over.
        """
        ...

    async def list_waiting(self) -> Sequence[Channel]:
        """Customers' channels that no account makes yet, the oldest first."""
        ...

    async def count_awaited(self) -> int:
        """How many customers with a right, which does not rest, wait for a channel that no account makes yet."""
        ...

    async def live_of_plan(self, plan_id: PlanId) -> Sequence[Channel]:
        """Ready channels whose customer has access now or is about to enter."""
        ...

    async def add_invite(self, invite: Invite) -> None: ...
    async def save_invite(self, invite: Invite) -> None: ...
    async def get_invite(self, invite_id: UUID) -> Invite | None: ...
    async def live_invites(self, channel_id: ChannelId) -> Sequence[Invite]: ...
    async def first_invite(self, channel_id: ChannelId) -> Invite | None:
        """The first link that ever led there, whatever became of it."""
        ...


class SecondOwnerRepository(Protocol):
    """The accounts that stand behind the owners of channels; at most one for each."""

    async def find(self, channel_id: ChannelId, *, lock: bool = False) -> SecondOwner | None: ...
    async def save(self, second: SecondOwner) -> None: ...
    async def remove(self, channel_id: ChannelId) -> None: ...
    async def list_lacking(self, account_id: AccountId, limit: int) -> Sequence[Channel]:
        """Ready channels of customers that this account owns alone, the oldest first."""
        ...

    async def list_unfinished(self, account_id: AccountId) -> Sequence[SecondOwner]:
        """Those that are not promoted yet, this account being the owner or the second one; the oldest first."""
        ...

    async def list_orphaned(self, account_id: AccountId) -> Sequence[Channel]:
        """Channels of this account with a customer who may be inside, behind which no account in service stands.

        Those whose customer waits for a way in come first, then the oldest.
        """
        ...

    async def bereft(self, account_id: AccountId, limit: int) -> Sequence[SecondOwner]:
        """This account, promoted in channels whose owner is dead; the oldest first."""
        ...
