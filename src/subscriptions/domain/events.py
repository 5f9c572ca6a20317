"""What happened, in the domain's words. Entities record these; `application.routing` turns them into jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from subscriptions.domain.ids import (
    AccessId,
    AccountId,
    ChannelId,
    CustomerId,
    OrderId,
    PaymentId,
    PickId,
    PlanId,
    SubscriptionId,
)


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Base of all domain events."""


@dataclass(frozen=True, slots=True)
class WebhookStored(DomainEvent):
    """A verified payment event was written to the inbox and waits to be applied."""

    inbox_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentReceived(DomainEvent):
    """Money of one payment was captured and counted. recovers: an earlier charge had failed. settles_change: it is the
    difference that a change of plan costs.
    """

    payment_id: PaymentId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    is_renewal: bool
    recovers: bool = False
    settles_change: bool = False


@dataclass(frozen=True, slots=True)
class PaymentFlagged(DomainEvent):
    """Captured money that may not give access by itself: wrong amount, wrong person, second capture.

    returning: the product gives it back by itself. subscription_ref: what the provider calls the second subscription
    that came with it, empty where none did.
    """

    payment_id: PaymentId
    customer_id: CustomerId
    order_id: OrderId
    reason: str
    returning: bool = False
    subscription_ref: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFailed(DomainEvent):
    """A charge did not go through. final: the provider will not try again."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    final: bool
    period_end: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionCanceled(DomainEvent):
    """No further charge; access goes on until `access_until`. at: which cancellation, for it may be undone."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    access_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class CancellationUndone(DomainEvent):
    """The customer keeps the subscription after all."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanSwitched(DomainEvent):
    """A subscription is for another plan from now on."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    change_id: UUID


@dataclass(frozen=True, slots=True)
class PlanSwitchPlanned(DomainEvent):
    """A subscription goes over to another plan at its renewal. at: which planning, for it may be dropped again."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    plan_id: PlanId
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanSwitchDropped(DomainEvent):
    """It keeps its plan at the renewal after all."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionPaused(DomainEvent):
    """It rests: nothing is charged and nobody let in. reason: `provider`, or `dispute`."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionResumed(DomainEvent):
    """It goes on after a rest. reason: what it had rested for."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionExpired(DomainEvent):
    """Access by this subscription is over. reason: `period_over`, `refunded`, `dispute_lost`."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str


@dataclass(frozen=True, slots=True)
class BillingToStop(DomainEvent):
    """The provider must not charge for this subscription any more."""

    subscription_id: SubscriptionId


@dataclass(frozen=True, slots=True)
class PaymentRefunded(DomainEvent):
    """Money went back, the whole payment or a part of it."""

    refund_id: UUID
    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class DisputeLost(DomainEvent):
    """A customer's bank took a payment back for good."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    dispute_id: UUID


@dataclass(frozen=True, slots=True)
class AccessMoved(DomainEvent):
    """Somebody of staff gave or took time. key: which time that was."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str


@dataclass(frozen=True, slots=True)
class RefundWanted(DomainEvent):
    """Somebody of staff wants money given back. minor: of the payment's currency; key: which wish that was."""

    payment_id: PaymentId
    minor: int
    key: str


@dataclass(frozen=True, slots=True)
class ReminderDue(DomainEvent):
    """Something is to be said about what is coming. kind and key as the reminder policy has them."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class AccessRequested(DomainEvent):
    """A customer is to be let into a channel, which may not exist yet."""

    access_id: AccessId
    channel_id: ChannelId


@dataclass(frozen=True, slots=True)
class InviteReady(DomainEvent):
    """The customer's own link exists; it has to be handed over."""

    access_id: AccessId
    customer_id: CustomerId
    invite_id: UUID


@dataclass(frozen=True, slots=True)
class CustomerJoined(DomainEvent):
    """The payer is inside; the link they came by has served."""

    access_id: AccessId
    customer_id: CustomerId
    channel_id: ChannelId
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerHindered(DomainEvent):
    """Telegram does not let the payer in before they do something. last_inside: when they came in before, if ever."""

    access_id: AccessId
    customer_id: CustomerId
    reason: str
    last_inside: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelAssigned(DomainEvent):
    """An account was chosen to own a channel; only its process can go on. awaited: somebody waits to get in."""

    channel_id: ChannelId
    account_id: AccountId
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class AccessEnding(DomainEvent):
    """The customer has to leave the channel. shared: others stay in it, and nothing is to be done with it itself."""

    access_id: AccessId
    channel_id: ChannelId
    shared: bool = False


@dataclass(frozen=True, slots=True)
class VipEntryBegun(DomainEvent):
    """A purchase opened the way to the VIP channel. cause: which one. stage: where the customer begins, None where
    there is no ritual, or it was passed before. told: another message shows that stage."""

    customer_id: CustomerId
    stage: int | None
    cause: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class VipInviteReady(DomainEvent):
    """A link into the VIP channel was made while nobody looked; it has to be handed over."""

    customer_id: CustomerId
    invite_id: UUID


@dataclass(frozen=True, slots=True)
class PlanChanged(DomainEvent):
    """A plan is new, or is sold otherwise than before."""

    plan_id: PlanId


@dataclass(frozen=True, slots=True)
class PickAccepted(DomainEvent):
    """A pick waits to be sent to the live channels of its plan."""

    pick_id: PickId


@dataclass(frozen=True, slots=True)
class PickChanged(DomainEvent):
    """A pick was edited or withdrawn after it was accepted."""

    pick_id: PickId


@dataclass(frozen=True, slots=True)
class OrderPaid(DomainEvent):
    """An order was paid: whatever other pages lead to a payment for the same plan must lead there no more."""

    order_id: OrderId


@dataclass(frozen=True, slots=True)
class OrderExpired(DomainEvent):
    """Nobody paid while the checkout was open."""

    order_id: OrderId


@dataclass(frozen=True, slots=True)
class AlarmRaised(DomainEvent):
    """Something needs a person. key makes it one alarm however often it is seen; facts are shown to the owner."""

    key: str
    kind: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Recorder:
    """Keeps an entity's events until the unit of work drains them into jobs at commit."""

    pending: list[DomainEvent] = field(default_factory=list)

    def record(self, event: DomainEvent) -> None:
        """Remember that `event` happened."""
        self.pending.append(event)

    def drain(self) -> list[DomainEvent]:
        """Hand the recorded events over, once."""
        drained, self.pending = self.pending, []
        return drained
