"""Events about channels, access to channels, and posts in channels."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    ChannelId,
    CustomerId,
    DeliveryId,
    PostId,
    ResourceId,
    SubscriptionId,
)


class AccessMoved(DomainEvent):
    """Staff granted or revoked time. `key`: identifies the grant or the revocation."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str


class WaitingTimeBegan(DomainEvent):
    """Time of a plan began that had waited while the customer had another plan. `key`: identifies the occasion."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str


class AccessRequested(DomainEvent):
    """A customer is to be admitted to a channel, which may not exist yet. `is_shared_chat`: True if the chat was not
    created by a userbot account.
    """

    access_id: AccessId
    channel_id: ChannelId
    is_shared_chat: bool = False


class InviteReady(DomainEvent):
    """A customer's invite link was created and is to be sent."""

    access_id: AccessId
    customer_id: CustomerId
    invite_id: UUID


class CustomerJoined(DomainEvent):
    """A customer joined a channel and has used their invite link. `is_shared_chat`: True if the chat was not created by
    a userbot account.
    """

    access_id: AccessId
    customer_id: CustomerId
    channel_id: ChannelId
    at: datetime
    is_shared_chat: bool = False


class AccessBanned(DomainEvent):
    """An administrator of the chat banned a customer who is entitled to access. `at`: time of detection."""

    access_id: AccessId
    at: datetime


class BanLifted(DomainEvent):
    """The ban of a customer was lifted. `at`: time of detection."""

    access_id: AccessId
    at: datetime


class HoldOutdated(DomainEvent):
    """The bans of a customer in the chats of a subscription have changed, so that the subscription must be paused for
    the bans or resumed.
    """

    subscription_id: SubscriptionId


class CustomerBanned(DomainEvent):
    """A customer is to be notified that an administrator of the chat banned them. `key`: identifies the ban."""

    access_id: AccessId
    customer_id: CustomerId
    key: str


class CustomerHindered(DomainEvent):
    """Telegram does not admit a customer until they act. `last_inside`: time of the customer's previous join; None if
    there is none.
    """

    access_id: AccessId
    customer_id: CustomerId
    reason: str
    last_inside: datetime | None


class ChannelAssigned(DomainEvent):
    """An account was chosen to own a channel; only the process of that account can continue. `is_awaited`: True if a
    customer is waiting for access.
    """

    channel_id: ChannelId
    account_id: AccountId
    is_awaited: bool = True


class AccessEnding(DomainEvent):
    """A customer is to be removed from a channel. `is_shared_chat`: True if the channel is shared, so that nothing else
    in the channel is changed.
    """

    access_id: AccessId
    channel_id: ChannelId
    is_shared_chat: bool = False


class ChannelOutdated(DomainEvent):
    """A channel differs from its intended state, and its account has to update the channel."""

    channel_id: ChannelId


class ChannelMissed(DomainEvent):
    """Telegram reported to the owning account twice that its channel does not exist; the bot has to check too."""

    channel_id: ChannelId


class ChannelReplaced(DomainEvent):
    """A customer's channel was lost at Telegram and is being replaced. `channel_id`: the new channel."""

    channel_id: ChannelId
    customer_id: CustomerId


class ChannelMended(DomainEvent):
    """The bots can work in a channel, for the first time or again. Actions that failed before can be retried."""

    channel_id: ChannelId


class ChannelDoubled(DomainEvent):
    """A request to create a channel was not answered and may have created a duplicate; the account has to check its
    channels.
    """

    channel_id: ChannelId
    account_id: AccountId


class ChannelDelayed(DomainEvent):
    """The creation of a channel that a customer is waiting for takes longer than usual."""

    channel_id: ChannelId
    customer_id: CustomerId


class EntryDelayed(DomainEvent):
    """A customer who paid cannot enter: their payment will be returned on a date, or is being returned. `key`:
    identifies the occasion.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str


class StrangerRemoved(DomainEvent):
    """A person other than the customer was removed from a personal channel. `key`: identifies the person and the
    day.
    """

    channel_id: ChannelId
    customer_id: CustomerId
    key: str


class CustomerCameBack(DomainEvent):
    """A customer can be reached again and has a pending message. `subject`, `key`: subject and key of that message."""

    customer_id: CustomerId
    kind: str
    subject: UUID
    key: str


class ErasureHeld(DomainEvent):
    """The erasure of a customer was refused or postponed. `key`: identifies the request to erase."""

    customer_id: CustomerId
    key: str


class TermsChanged(DomainEvent):
    """The terms have changed, and a customer with a subscription accepted an older version. `version`: the new
    version.
    """

    customer_id: CustomerId
    version: str


class ColleagueConfirmed(DomainEvent):
    """A person who opened a staff invitation was made a staff member."""

    customer_id: CustomerId
    invitation_id: UUID


class SecondFactorLocked(DomainEvent):
    """The second factor of the console was locked after too many wrong codes.

    customer_id: staff member whose link was used
    key: identifies the lock
    """

    customer_id: CustomerId
    key: str


class InviteAskedAgain(DomainEvent):
    """Staff requested that a customer gets their invite link again. `key`: identifies the request."""

    customer_id: CustomerId
    invite_id: UUID
    key: str


class ContentOpened(DomainEvent):
    """The bot is to deliver a content item to an entitled customer. `key`: identifies the occasion; there is one
    delivery per occasion.
    """

    customer_id: CustomerId
    resource_id: ResourceId
    key: str


@dataclass(frozen=True, slots=True)
class SharedChatLink:
    """Customer's access to a shared chat other than the VIP channel."""

    channel_id: ChannelId
    access_id: AccessId


class VipEntryBegun(DomainEvent):
    """A purchase started the entry to a channel with entry steps.

    cause: identifies the purchase
    stage: step at which the customer begins; None without entry steps or if the steps are already complete
    is_told: True if another message shows that step
    chat_link: the customer's access to the chat; None for the VIP channel
    """

    customer_id: CustomerId
    stage: int | None
    cause: str
    is_told: bool = False
    chat_link: SharedChatLink | None = None


class VipChannelReady(DomainEvent):
    """The VIP channel was set up; customers who paid before that are to be admitted."""


class VipChannelMissed(DomainEvent):
    """A customer paid while there was no VIP channel, or while the VIP channel was being set up and this customer was
    not considered.
    """

    customer_id: CustomerId


class VipInviteReady(DomainEvent):
    """An invite link to a channel with entry steps was created in the background and is to be sent. `chat_link`: the
    customer's access to the chat; None for the VIP channel.
    """

    customer_id: CustomerId
    invite_id: UUID
    chat_link: SharedChatLink | None = None


class VipEntryAskedAgain(DomainEvent):
    """Staff requested that a customer's current entry step is sent again.

    key: identifies the request
    chat_link: the customer's access to the chat; None for the VIP channel
    """

    customer_id: CustomerId
    key: str
    chat_link: SharedChatLink | None = None


class VipLinkOutdated(DomainEvent):
    """A customer's links to a shared chat need an update.

    upkeep: True to only revoke links and create none
    channel_id: id of the chat; None for the VIP channel
    other_channels: further chats whose links are sent in the same message
    """

    customer_id: CustomerId
    upkeep: bool = False
    channel_id: ChannelId | None = None
    other_channels: tuple[ChannelId, ...] = ()


class PostAccepted(DomainEvent):
    """A post is ready to be sent to the live channels of its plan. `publish_at`: time of publication; None for now."""

    post_id: PostId
    publish_at: datetime | None = None


class PostChanged(DomainEvent):
    """A post was edited or withdrawn after it was accepted."""

    post_id: PostId


class DeliveryDue(DomainEvent):
    """A post is to be sent, edited or withdrawn in one channel.

    is_deletion: True if the account that owns the channel has deleted the post
    refusal: reason why that account could not delete the post; empty otherwise
    """

    delivery_id: DeliveryId
    is_deletion: bool = False
    refusal: str = ""


class DeletionDue(DomainEvent):
    """The account that owns a channel is to delete a post in the channel that the bot can no longer delete."""

    delivery_id: DeliveryId
    channel_id: ChannelId
    account_id: AccountId
