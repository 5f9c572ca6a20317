"""What happened to channels, to the right to be in them, and to what is posted there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    BroadcastId,
    ChannelId,
    CustomerId,
    DeliveryId,
    PickId,
    PlanId,
    ResourceId,
    SubscriptionId,
)


class AccessMoved(DomainEvent):
    """Somebody of staff gave or took time. key: which time that was."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str


class AccessRequested(DomainEvent):
    """A customer is to be let into a channel, which may not exist yet. in_shared_place: a chat that no account of ours
    made."""

    access_id: AccessId
    channel_id: ChannelId
    in_shared_place: bool = False


class InviteReady(DomainEvent):
    """The customer's own link exists; it has to be handed over."""

    access_id: AccessId
    customer_id: CustomerId
    invite_id: UUID


class CustomerJoined(DomainEvent):
    """The payer is inside; the link they came by has served.

    in_shared_place: in a chat that no account of ours made.
    """

    access_id: AccessId
    customer_id: CustomerId
    channel_id: ChannelId
    at: datetime
    in_shared_place: bool = False


class AccessBanned(DomainEvent):
    """An administrator of the chat banned a customer who may be inside. at: when the ban was learnt of."""

    access_id: AccessId
    at: datetime


class BanLifted(DomainEvent):
    """A customer who was banned may come in again. at: when that was learnt of."""

    access_id: AccessId
    at: datetime


class HoldOutdated(DomainEvent):
    """A subscription's hold for bans does not fit what it opens now."""

    subscription_id: SubscriptionId


class CustomerBanned(DomainEvent):
    """A customer is to be told that an administrator of the chat banned them. key: which ban that was."""

    access_id: AccessId
    customer_id: CustomerId
    key: str


class CustomerHindered(DomainEvent):
    """Telegram does not let the payer in before they do something. last_inside: when they came in before, if ever."""

    access_id: AccessId
    customer_id: CustomerId
    reason: str
    last_inside: datetime | None


class ChannelAssigned(DomainEvent):
    """An account was chosen to own a channel; only its process can go on. is_awaited: somebody waits to get in."""

    channel_id: ChannelId
    account_id: AccountId
    is_awaited: bool = True


class AccessEnding(DomainEvent):
    """The customer has to leave the channel.

    in_shared_place: others stay in it, and nothing is to be done with it itself.
    """

    access_id: AccessId
    channel_id: ChannelId
    in_shared_place: bool = False


class ChannelOutdated(DomainEvent):
    """A channel at Telegram is not as it should be by now: its account has to see to it."""

    channel_id: ChannelId


class ChannelMissed(DomainEvent):
    """The account that owns a channel is told by Telegram, twice, that there is none: the bot has to look as well."""

    channel_id: ChannelId


class ChannelReplaced(DomainEvent):
    """A customer's channel was gone at Telegram, and another one is on its way. channel_id: the new one."""

    channel_id: ChannelId
    customer_id: CustomerId


class ChannelMended(DomainEvent):
    """What the bots do in a channel works (again): what failed for want of it may go on."""

    channel_id: ChannelId


class ChannelDoubled(DomainEvent):
    """An unanswered request may have made a second channel of the same: the account has to look."""

    channel_id: ChannelId
    account_id: AccountId


class ChannelDelayed(DomainEvent):
    """The channel a customer waits for takes longer than usual."""

    channel_id: ChannelId
    customer_id: CustomerId


class StrangerRemoved(DomainEvent):
    """Somebody else was in a customer's own channel. key: who, and on which day."""

    channel_id: ChannelId
    customer_id: CustomerId
    key: str


class CustomerCameBack(DomainEvent):
    """Somebody can be written to again, and was kept a message meanwhile. subject, key: of that message."""

    customer_id: CustomerId
    kind: str
    subject: UUID
    key: str


class ErasureHeld(DomainEvent):
    """Somebody who wants to be forgotten is not, or not yet. key: which time that was."""

    customer_id: CustomerId
    key: str


class TermsChanged(DomainEvent):
    """Somebody who has something accepted other terms than those in force. version: of the new ones."""

    customer_id: CustomerId
    version: str


class ColleagueConfirmed(DomainEvent):
    """Somebody who opened an invitation to the operator's people is one of them now."""

    customer_id: CustomerId
    invitation_id: UUID


class SecondFactorLocked(DomainEvent):
    """Too many wrong codes were typed at the console's second factor.

    customer_id: the staff member whose link was used. key: names this time among others.
    """

    customer_id: CustomerId
    key: str


class TakeoverAsked(DomainEvent):
    """Somebody is about to take over from another account what a customer has, unless the first one objects."""

    customer_id: CustomerId
    takeover_id: UUID


class TakeoverClosed(DomainEvent):
    """It was done, objected to, or came to nothing. customer_id: whom it is told: by now each has one account."""

    customer_id: CustomerId
    takeover_id: UUID


class InviteAskedAgain(DomainEvent):
    """Staff wants a customer to have their link once more. key: which wish that was."""

    customer_id: CustomerId
    invite_id: UUID
    key: str


class ContentOpened(DomainEvent):
    """The bot is to hand something over to a customer who has a right to it. key: of what it is handed over for, by
    which it is done once."""

    customer_id: CustomerId
    resource_id: ResourceId
    key: str


@dataclass(frozen=True, slots=True)
class SharedWay:
    """A customer's way into a shared chat other than the VIP channel."""

    channel_id: ChannelId
    access_id: AccessId


class VipEntryBegun(DomainEvent):
    """A purchase opened the way to a channel with the ritual. cause: which one. stage: where the customer begins, None
    where there is no ritual, or it was passed before. is_told: another message shows that stage. way: to which chat;
    None for the VIP channel."""

    customer_id: CustomerId
    stage: int | None
    cause: str
    is_told: bool = False
    way: SharedWay | None = None


class VipChannelReady(DomainEvent):
    """There is a VIP channel: whoever paid for it while there was none is let in."""


class VipChannelMissed(DomainEvent):
    """Somebody paid while there was none. One that is set up at this very moment does not see them yet."""

    customer_id: CustomerId


class VipInviteReady(DomainEvent):
    """A link into a channel with the ritual was made while nobody looked; it has to be handed over. way: into which
    chat; None for the VIP channel."""

    customer_id: CustomerId
    invite_id: UUID
    way: SharedWay | None = None


class VipEntryAskedAgain(DomainEvent):
    """Staff wants a customer to hear once more where they stand in the ritual. key: which wish that was. way: to which
    chat; None for the VIP channel."""

    customer_id: CustomerId
    key: str
    way: SharedWay | None = None


class VipWayOutdated(DomainEvent):
    """A customer's links into a shared chat are not what they should be. upkeep: none is to be made. channel_id: which
    chat; None for the VIP channel. other_channels: others whose links are handed over in the same message."""

    customer_id: CustomerId
    upkeep: bool = False
    channel_id: ChannelId | None = None
    other_channels: tuple[ChannelId, ...] = ()


class PickAccepted(DomainEvent):
    """A pick waits to be sent to the live channels of its plan. publish_at: until then; None: no longer."""

    pick_id: PickId
    publish_at: datetime | None = None


class PickChanged(DomainEvent):
    """A pick was edited or withdrawn after it was accepted."""

    pick_id: PickId


class DeliveryDue(DomainEvent):
    """A pick is to be sent, edited or withdrawn in one channel. What came of its deletion by the account
    that owns the channel: deleted, or refusal, which is why not."""

    delivery_id: DeliveryId
    is_deletion: bool = False
    refusal: str = ""


class DeletionDue(DomainEvent):
    """The account that owns a channel is to delete a post there that the bot cannot delete any more."""

    delivery_id: DeliveryId
    channel_id: ChannelId
    account_id: AccountId


class BroadcastDue(DomainEvent):
    """A broadcast is to begin, or was changed, and is worked on from a moment on. at: None for now."""

    broadcast_id: BroadcastId
    at: datetime | None = None


class RecordPostDue(DomainEvent):
    """Something was written down for the public channel of a plan, to be posted. kind, subject: see RecordPost."""

    plan_id: PlanId
    kind: str
    subject: str


class QuestionAnswered(DomainEvent):
    """Somebody of the operator's people answered a customer from outside of the chat."""

    line_id: UUID
    customer_id: CustomerId
