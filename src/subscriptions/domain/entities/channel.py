"""Telegram channel managed by Umbral."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.resource import GROUP, Resource
from subscriptions.domain.entities.transitions import TransitionTable
from subscriptions.domain.ids import (
    AccountId,
    ChannelId,
    ChatId,
    CustomerId,
    PlanId,
    ResourceId,
    SubscriptionId,
    new_uuid,
)


class ChannelKind(StrEnum):
    """Kind of a channel.

    - personal: a channel that belongs to one customer
    - vip: the VIP channel
    - shared: any other channel shared by many customers
    - group: a group shared by many customers
    """

    PERSONAL = "personal"
    VIP = "vip"
    SHARED = "shared"
    GROUP = "group"


class ChannelStatus(StrEnum):
    """Status of a channel.

    - planned: to be created
    - creating: the request to Telegram may have been sent
    - created: created at Telegram and not set up yet
    - ready: set up
    - frozen: kept empty for a customer who may return
    - deleted: no longer used; the channel may still exist at Telegram for some time
    """

    PLANNED = "planned"
    CREATING = "creating"
    CREATED = "created"
    READY = "ready"
    FROZEN = "frozen"
    DELETED = "deleted"


class ChannelEvent(StrEnum):
    """Events that change the status of a channel."""

    ACCOUNT_CHOSEN = "account_chosen"
    GIVEN_BACK = "given_back"
    CREATED = "created"
    EQUIPPED = "equipped"
    FROZEN = "frozen"
    THAWED = "thawed"
    DELETED = "deleted"
    ADOPTED = "adopted"
    LOST = "lost"


_S, _E = ChannelStatus, ChannelEvent

CHANNEL_TRANSITIONS: Final = TransitionTable[ChannelStatus, ChannelEvent](
    "channel",
    {
        (_S.PLANNED, _E.ACCOUNT_CHOSEN): _S.CREATING,
        (_S.CREATING, _E.CREATED): _S.CREATED,
        # Allowed only while certainly no channel was created, or if the account is banned: see `give_back`.
        (_S.CREATING, _E.GIVEN_BACK): _S.PLANNED,
        (_S.CREATED, _E.EQUIPPED): _S.READY,
        (_S.READY, _E.EQUIPPED): _S.READY,
        # A pre-created channel that was assigned to a customer must be renamed and set up for that customer.
        (_S.READY, _E.ADOPTED): _S.CREATED,
        # A pre-created channel that was lost before a customer joined is created again.
        (_S.CREATED, _E.LOST): _S.PLANNED,
        (_S.READY, _E.FROZEN): _S.FROZEN,
        (_S.FROZEN, _E.THAWED): _S.READY,
        (_S.FROZEN, _E.DELETED): _S.DELETED,
        (_S.PLANNED, _E.DELETED): _S.DELETED,
        # The channel was deleted at Telegram.
        (_S.CREATED, _E.DELETED): _S.DELETED,
        (_S.READY, _E.DELETED): _S.DELETED,
    },
)

MARKER_LENGTH: Final = 12


@dataclass(kw_only=True)
class Channel:
    """Telegram channel managed by Umbral. Its row is stored before anything is requested from Telegram.

    marker: twelve characters that identify the channel if Telegram's response is lost. The channel's description ends
        with them until one of its links contains them.
    create_started_at: time from which a request to create the channel may have been sent; None while no such request
        can have succeeded
    created_at: time at which the row was created, before any request to Telegram
    delete_at: time until which a frozen channel is kept. For a deleted channel, not None while the channel still exists
        at Telegram.
    adopted_at: time at which a pre-created channel was assigned to its customer
    renamed_at: time since which the title differs from the one at Telegram; None if both are equal
    looked_at: time at which the account last checked or repaired the name, protection and links
    resource_id: shared resource of this chat; None for a personal channel
    replaces: lost channel of the same customer that this channel replaces
    """

    id: ChannelId
    kind: ChannelKind
    status: ChannelStatus = ChannelStatus.PLANNED
    resource_id: ResourceId | None = None
    customer_id: CustomerId | None = None
    plan_id: PlanId | None = None
    subscription_id: SubscriptionId | None = None
    account_id: AccountId | None = None
    channel_id: ChatId | None = None
    access_hash: int | None = None
    title: str
    marker: str
    create_started_at: datetime | None = None
    created_at: datetime
    ready_at: datetime | None = None
    delete_at: datetime | None = None
    adopted_at: datetime | None = None
    renamed_at: datetime | None = None
    looked_at: datetime | None = None
    replaces: ChannelId | None = None

    @classmethod
    def plan_precreated(cls, title: str, now: datetime) -> "Channel":
        """Create a pre-created channel with a neutral title and without a customer."""
        identifier = ChannelId(new_uuid())
        return cls(
            id=identifier,
            kind=ChannelKind.PERSONAL,
            title=title,
            marker=identifier.hex[:MARKER_LENGTH],
            created_at=now,
        )

    @classmethod
    def plan_personal(
        cls,
        customer_id: CustomerId,
        plan_id: PlanId,
        subscription_id: SubscriptionId,
        title: str,
        now: datetime,
    ) -> "Channel":
        """Create a personal channel for a customer."""
        identifier = ChannelId(new_uuid())
        return cls(
            id=identifier,
            kind=ChannelKind.PERSONAL,
            customer_id=customer_id,
            plan_id=plan_id,
            subscription_id=subscription_id,
            title=title,
            marker=identifier.hex[:MARKER_LENGTH],
            created_at=now,
        )

    @classmethod
    def for_resource(cls, resource: Resource, chat_id: ChatId, title: str, now: datetime) -> "Channel":
        """Create the ready channel of a shared resource. The operator created the chat and made the bot an admin."""
        kind = ChannelKind.GROUP if resource.kind == GROUP else ChannelKind.SHARED
        identifier = ChannelId(new_uuid())
        return cls(
            id=identifier,
            kind=ChannelKind.VIP if resource.is_vip else kind,
            resource_id=resource.id,
            status=ChannelStatus.READY,
            channel_id=chat_id,
            title=title,
            marker=identifier.hex[:MARKER_LENGTH],
            created_at=now,
            ready_at=now,
        )

    @property
    def is_vip(self) -> bool:
        """Return True for the VIP channel."""
        return self.kind is ChannelKind.VIP

    @property
    def is_precreated(self) -> bool:
        """Return True for a pre-created channel without a customer."""
        return self.kind is ChannelKind.PERSONAL and self.customer_id is None

    def adopt(
        self, customer_id: CustomerId, plan_id: PlanId, subscription_id: SubscriptionId, title: str, now: datetime
    ) -> None:
        """Assign a pre-created channel in any status to a customer. The caller must hold the row's lock."""
        if self.status is ChannelStatus.READY:
            self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.ADOPTED)
        self.customer_id, self.plan_id, self.subscription_id = customer_id, plan_id, subscription_id
        self.title, self.adopted_at, self.ready_at = title, now, None

    @property
    def may_be_made_anew(self) -> bool:
        """Return True if the channel was pre-created and is empty, so that a replacement can be created at once."""
        return self.adopted_at is not None and CHANNEL_TRANSITIONS.allows(self.status, ChannelEvent.LOST)

    def mark_lost(self, now: datetime) -> bool:
        """Reset an empty pre-created channel that was lost at Telegram, so that it is created again. Return False for
        any other channel, which is not changed.
        """
        if not self.may_be_made_anew:
            return False
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.LOST)
        self.account_id = self.channel_id = self.access_hash = self.create_started_at = self.adopted_at = None
        self.marker, self.created_at = new_uuid().hex[:MARKER_LENGTH], now
        return True

    def assign(self, account_id: AccountId) -> None:
        """Assign the account that creates the channel. No other account may create the channel until `give_back`."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.ACCOUNT_CHOSEN)
        self.account_id = account_id

    @property
    def may_be_given_back(self) -> bool:
        """Return True if an account is assigned that has certainly not created the channel."""
        return self.status is ChannelStatus.CREATING and self.create_started_at is None

    def give_back(self) -> None:
        """Remove the assigned account, so that another account can be chosen. Call this method only if the account has
        certainly created no channel, or is banned.
        """
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.GIVEN_BACK)
        self.account_id = self.create_started_at = None

    def start_creating(self, now: datetime) -> None:
        """Record that the request to create the channel may be sent from now on."""
        self.create_started_at = now

    def creating_refused(self, asked_before: datetime | None) -> None:
        """Record that Telegram refused to create the channel. `asked_before`: time of an earlier request that was never
        answered and may have succeeded; None if there is none.
        """
        self.create_started_at = asked_before

    def mark_created(self, channel_id: ChatId, access_hash: int) -> None:
        """Store Telegram's ids of the created channel."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.CREATED)
        self.channel_id, self.access_hash = channel_id, access_hash

    def mark_equipped(self, now: datetime) -> None:
        """Record that the admins, protection and welcome message are in place."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.EQUIPPED)
        self.ready_at = self.ready_at or now

    def freeze(self, delete_at: datetime) -> bool:
        """Keep the empty channel until `delete_at` for a customer who may return. Return False if the channel was not
        ready.
        """
        if not CHANNEL_TRANSITIONS.allows(self.status, ChannelEvent.FROZEN):
            return False
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.FROZEN)
        self.delete_at = delete_at
        return True

    def thaw(self) -> bool:
        """Make a frozen channel available to its customer again. Return False if the channel was not frozen. The caller
        must hold the row's lock.
        """
        if self.status is not ChannelStatus.FROZEN:
            return False
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.THAWED)
        self.delete_at = None
        return True

    def mark_deleted(self) -> None:
        """Mark the channel as no longer used; a returning customer gets a new one. The channel may still exist at
        Telegram for some time.
        """
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.DELETED)
        # A reactivated subscription can then get another channel.
        self.subscription_id = None

    def serve(self, plan_id: PlanId, title: str, now: datetime) -> None:
        """Assign the channel to the customer's new plan, and schedule a rename if the title differs."""
        self.plan_id = plan_id
        if title != self.title:
            self.title, self.renamed_at = title, now

    @property
    def to_be_deleted(self) -> bool:
        """Return True if the channel is no longer used but still exists at Telegram."""
        return self.status is ChannelStatus.DELETED and self.delete_at is not None

    def mark_gone(self) -> None:
        """Record that the channel no longer exists at Telegram."""
        self.delete_at = None


class InviteStatus(StrEnum):
    """Status of an invite link: live, or revoked at Telegram."""

    LIVE = "live"
    REVOKED = "revoked"


@dataclass(kw_only=True)
class Invite:
    """Invite link to a channel for one customer.

    `creator`: `account:N` or a bot's username; only the creator can revoke the link.
    """

    id: UUID
    channel_id: ChannelId
    customer_id: CustomerId
    url: str
    creator: str
    status: InviteStatus = InviteStatus.LIVE
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Return True if the link is live and has not expired."""
        return self.status is InviteStatus.LIVE and now < self.expires_at

    def distrust(self, now: datetime) -> None:
        """Make the link expire because a person other than the customer obtained it. The caller revokes the link at
        Telegram.
        """
        self.expires_at = min(self.expires_at, now)

    def revoke(self, now: datetime) -> None:
        """Record that the link was revoked at Telegram."""
        self.status, self.revoked_at = InviteStatus.REVOKED, self.revoked_at or now
