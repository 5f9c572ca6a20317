"""A Telegram channel we manage."""

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
    """personal: one customer's own · vip: the VIP channel · shared: any other channel that many share · group: a group
    that many share."""

    PERSONAL = "personal"
    VIP = "vip"
    SHARED = "shared"
    GROUP = "group"


class ChannelStatus(StrEnum):
    """planned: intended · creating: an account may have sent the request · created: exists, bare · ready: equipped ·
    frozen: kept for who may return · deleted."""

    PLANNED = "planned"
    CREATING = "creating"
    CREATED = "created"
    READY = "ready"
    FROZEN = "frozen"
    DELETED = "deleted"


class ChannelEvent(StrEnum):
    """What can happen to a channel."""

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
        # Only while it is certain that nothing was made, or its account is banned: see `taken_back`.
        (_S.CREATING, _E.GIVEN_BACK): _S.PLANNED,
        (_S.CREATED, _E.EQUIPPED): _S.READY,
        (_S.READY, _E.EQUIPPED): _S.READY,
        # Made ahead of demand, and now somebody's: to be named and opened for them.
        (_S.READY, _E.ADOPTED): _S.CREATED,
        # Made ahead of demand, and gone before anybody entered: another one is to be made.
        (_S.CREATED, _E.LOST): _S.PLANNED,
        (_S.READY, _E.FROZEN): _S.FROZEN,
        (_S.FROZEN, _E.THAWED): _S.READY,
        (_S.FROZEN, _E.DELETED): _S.DELETED,
        (_S.PLANNED, _E.DELETED): _S.DELETED,
        # Somebody deleted it at Telegram.
        (_S.CREATED, _E.DELETED): _S.DELETED,
        (_S.READY, _E.DELETED): _S.DELETED,
    },
)

MARKER_LENGTH: Final = 12


@dataclass(kw_only=True)
class Channel:
    """The intent row comes first; Telegram's names are filled in as they become known.

    marker: twelve characters by which a lost answer is found again: they end the description until a link bears them.
    create_started_at: when a creating request may last have left; None while it is certain that none was carried out.
    created_at: when the channel was intended, hence before anything was asked of Telegram.
    delete_at: until when a frozen channel is kept; a deleted one has it while Telegram still has the channel.
    adopted_at: when a channel that was made ahead of demand became its customer's.
    renamed_at: since when its title is another than Telegram shows; None while it is the same.
    looked_at: when its account last saw that name, protection and links are as they should be, or had them put right.
    resource_id: the shared resource that this is the place of; None for a customer's own.
    replaces: the channel of the same customer that Telegram lost, for which this one was made.
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
    def plan_stock(cls, title: str, now: datetime) -> "Channel":
        """Intend a channel ahead of demand: nobody's yet, under a name that says nothing."""
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
        """Intend one customer's own channel."""
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
        """The place of a shared resource: the operator made it, and the bot is its admin."""
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
        """Whether it is the place of the VIP channel."""
        return self.kind is ChannelKind.VIP

    @property
    def is_stock(self) -> bool:
        """Made, or being made, ahead of demand, and nobody's so far."""
        return self.kind is ChannelKind.PERSONAL and self.customer_id is None

    def adopt(
        self, customer_id: CustomerId, plan_id: PlanId, subscription_id: SubscriptionId, title: str, now: datetime
    ) -> None:
        """It becomes one customer's own, in whatever state it is. The caller holds the row's lock."""
        if self.status is ChannelStatus.READY:
            self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.ADOPTED)
        self.customer_id, self.plan_id, self.subscription_id = customer_id, plan_id, subscription_id
        self.title, self.adopted_at, self.ready_at = title, now, None

    @property
    def may_be_made_anew(self) -> bool:
        """Whether it was made ahead of demand, and nobody was in it yet, so that another takes its place at once."""
        return self.adopted_at is not None and CHANNEL_TRANSITIONS.allows(self.status, ChannelEvent.LOST)

    def mark_lost(self, now: datetime) -> bool:
        """Telegram has it no more, and nobody was in it: to be made anew. False: it was not made ahead of demand."""
        if not self.may_be_made_anew:
            return False
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.LOST)
        self.account_id = self.channel_id = self.access_hash = self.create_started_at = self.adopted_at = None
        self.marker, self.created_at = new_uuid().hex[:MARKER_LENGTH], now
        return True

    def assign(self, account_id: AccountId) -> None:
        """An account is chosen: from here on only this one may create it, unless it gives the channel back."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.ACCOUNT_CHOSEN)
        self.account_id = account_id

    @property
    def may_be_given_back(self) -> bool:
        """Whether an account was chosen and certainly made nothing, so that another one may."""
        return self.status is ChannelStatus.CREATING and self.create_started_at is None

    def give_back(self) -> None:
        """The chosen account cannot make it now, and made nothing, or is banned: another one is to be chosen."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.GIVEN_BACK)
        self.account_id = self.create_started_at = None

    def start_creating(self, now: datetime) -> None:
        """The request may leave from this moment on."""
        self.create_started_at = now

    def creating_refused(self, asked_before: datetime | None) -> None:
        """This request made nothing. asked_before: when an earlier one may have left that stayed without an answer."""
        self.create_started_at = asked_before

    def mark_created(self, channel_id: ChatId, access_hash: int) -> None:
        """Telegram made it."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.CREATED)
        self.channel_id, self.access_hash = channel_id, access_hash

    def mark_equipped(self, now: datetime) -> None:
        """Admins, protection and welcome are in place."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.EQUIPPED)
        self.ready_at = self.ready_at or now

    def freeze(self, delete_at: datetime) -> bool:
        """Nobody is in it any more; it is kept for who may return. False: it is no open channel."""
        if not CHANNEL_TRANSITIONS.allows(self.status, ChannelEvent.FROZEN):
            return False
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.FROZEN)
        self.delete_at = delete_at
        return True

    def thaw(self) -> bool:
        """Its customer is back. False: it was not frozen. The caller holds the row's lock."""
        if self.status is not ChannelStatus.FROZEN:
            return False
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.THAWED)
        self.delete_at = None
        return True

    def mark_deleted(self) -> None:
        """It is given up for good: whoever returns gets another. Telegram may have it for a moment longer."""
        self.status = CHANNEL_TRANSITIONS.next_state(self.status, ChannelEvent.DELETED)
        # A subscription that comes to life again may then have another channel.
        self.subscription_id = None

    def serve(self, plan_id: PlanId, title: str, now: datetime) -> None:
        """Its customer goes over to another plan and stays here."""
        self.plan_id = plan_id
        if title != self.title:
            self.title, self.renamed_at = title, now

    @property
    def to_be_deleted(self) -> bool:
        """Given up, and still there at Telegram."""
        return self.status is ChannelStatus.DELETED and self.delete_at is not None

    def mark_gone(self) -> None:
        """Telegram has it no more."""
        self.delete_at = None


class InviteStatus(StrEnum):
    """live: works · revoked."""

    LIVE = "live"
    REVOKED = "revoked"


@dataclass(kw_only=True)
class Invite:
    """One link into a channel for one customer.

    creator: `account:N` or a bot's username; only it may revoke the link.
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
        """Whether the link still leads anywhere."""
        return self.status is InviteStatus.LIVE and now < self.expires_at

    def distrust(self, now: datetime) -> None:
        """Somebody else came by it: it serves nobody any more and is to be revoked."""
        self.expires_at = min(self.expires_at, now)

    def revoke(self, now: datetime) -> None:
        """The link is dead at Telegram."""
        self.status, self.revoked_at = InviteStatus.REVOKED, self.revoked_at or now
