"""What happened to plans, orders, money and subscriptions."""

from datetime import datetime
from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, PlanId, SubscriptionId


class WebhookStored(DomainEvent):
    """A verified payment event was written to the inbox and waits to be applied. cause: as of a job."""

    inbox_id: UUID
    cause: str | None = None


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


class PaymentBalanceChanged(DomainEvent):
    """A payment was counted, was refunded or disputed, or its money came back.

    brought_by: see `Customer.brought_by`.
    """

    payment_id: PaymentId
    brought_by: UUID | None = None


class ReferralPaid(DomainEvent):
    """Somebody who came by a customer's link has paid."""

    payment_id: PaymentId


class ReferralReversed(DomainEvent):
    """The money that days were given for went back. reason: why what it paid ends, should nothing be left of that;
    empty where that goes on."""

    payment_id: PaymentId
    reason: str = ""


class ReferralGiven(DomainEvent):
    """A customer was given days for a link, their own or the one they came by. key: of the one gift."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    key: str


class PartReceived(DomainEvent):
    """Less than was asked for arrived, and counts towards its order, which stays open for the rest."""

    payment_id: PaymentId
    customer_id: CustomerId


class CheckoutFailed(DomainEvent):
    """A first payment will not come, by the provider's last word or that of staff. number: of the order's attempts."""

    order_id: OrderId
    customer_id: CustomerId
    number: int


class PaymentFlagged(DomainEvent):
    """Captured money that may not give access by itself: wrong amount, wrong person, second capture.

    returns: the product gives it back by itself. subscription_ref: what the provider calls the second subscription
    that came with it, empty where none did.
    """

    payment_id: PaymentId
    customer_id: CustomerId
    order_id: OrderId
    reason: str
    returns: bool = False
    subscription_ref: str = ""
    at: datetime | None = None


class PaymentFailed(DomainEvent):
    """A charge did not go through. final: the provider will not try again. confirm: the customer's bank wants to hear
    from them first.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    final: bool
    period_end: datetime
    confirm: bool = False


class SubscriptionCanceled(DomainEvent):
    """No further charge; access goes on until `access_until`. at: which cancellation, for it may be undone."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    access_until: datetime
    at: datetime


class CancellationUndone(DomainEvent):
    """The customer keeps the subscription after all."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    at: datetime


class PlanSwitched(DomainEvent):
    """A subscription is for another plan from now on."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    change_id: UUID


class PlanSwitchPlanned(DomainEvent):
    """A subscription goes over to another plan at its renewal. at: which planning, for it may be dropped again."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    plan_id: PlanId
    at: datetime


class PlanSwitchDropped(DomainEvent):
    """It keeps its plan at the renewal after all."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    at: datetime


class SubscriptionPaused(DomainEvent):
    """It rests: nothing is charged and nobody let in. reason: `provider`, or `dispute`."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str
    at: datetime


class SubscriptionResumed(DomainEvent):
    """It goes on after a rest. reason: what it had rested for."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str
    at: datetime


class SubscriptionExpired(DomainEvent):
    """Access by this subscription is over. reason: `period_over`, `refunded`, `dispute_lost`."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str


class BillingToStop(DomainEvent):
    """The provider must not charge for this subscription any more."""

    subscription_id: SubscriptionId


class ChargesToFollow(DomainEvent):
    """Whether a subscription is charged is to follow whether its customer is kept out. rest_start: when that began,
    where it is over.
    """

    subscription_id: SubscriptionId
    rest_start: datetime | None = None


class PaymentRefunded(DomainEvent):
    """Money went back, the whole payment or a part of it."""

    refund_id: UUID
    customer_id: CustomerId


class DisputeLost(DomainEvent):
    """A customer's bank took a payment back for good."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    dispute_id: UUID


class RefundWanted(DomainEvent):
    """Somebody of staff wants money given back. minor: of the payment's currency; key: which wish that was."""

    payment_id: PaymentId
    minor: int
    key: str


class DisputeBegun(DomainEvent):
    """A bank takes a payment back, or asks about it."""

    dispute_id: UUID


class EvidenceWanted(DomainEvent):
    """Somebody of staff has a dispute answered."""

    dispute_id: UUID


class RenewalChangeWanted(DomainEvent):
    """Somebody of staff wants renewals changed. change: cancel, undo, pause or resume; key: which wish that was."""

    subscription_id: SubscriptionId
    change: str
    key: str


class ReminderDue(DomainEvent):
    """Something is to be said about what is coming. kind and key as the reminder policy has them."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    kind: str
    key: str


class PlanChanged(DomainEvent):
    """A plan is new, or is sold otherwise than before."""

    plan_id: PlanId


class PlanOpened(DomainEvent):
    """A plan opens more than before. new_resources: soft ids of the resources."""

    plan_id: PlanId
    new_resources: tuple[str, ...]


class PlanNarrowed(DomainEvent):
    """A plan opens less than before, and its customers lose that at once. lost_resources: soft ids of the resources."""

    plan_id: PlanId
    lost_resources: tuple[str, ...]


class OrderPaid(DomainEvent):
    """An order was paid: whatever other pages lead to a payment for the same plan must lead there no more."""

    order_id: OrderId
    customer_id: CustomerId
    at: datetime


class PagesExpired(DomainEvent):
    """Nobody can pay any more at some of an order's pages."""

    order_id: OrderId


class OrderExpired(DomainEvent):
    """Nobody paid while the checkout was open. at: until when it was."""

    order_id: OrderId
    customer_id: CustomerId
    at: datetime


class PageOpenedLate(DomainEvent):
    """A page to pay at stands open for an order that was paid elsewhere, or that nobody wants any more."""

    order_id: OrderId


class PartGivenUp(DomainEvent):
    """A part of a price buys nothing any more: it is to go back."""

    payment_id: PaymentId


class InvoiceRequested(DomainEvent):
    """A receipt, or what corrects one, is handed over to be invoiced. facts: all that an invoice needs."""

    customer_id: CustomerId
    payment_id: PaymentId
    facts: tuple[tuple[str, str], ...]


class ReceiptRequested(DomainEvent):
    """A receipt is to be sent to its customer. operation: of the act that asked for it, which may be asked again."""

    customer_id: CustomerId
    receipt_id: UUID
    operation: UUID


class InvoiceDue(DomainEvent):
    """The record of an invoice is to be made here. kind, revision: as of the record."""

    receipt_id: UUID
    kind: str
    revision: int


class InvoiceIssued(DomainEvent):
    """An invoice, a correction or a cancellation of one was made."""

    customer_id: CustomerId
    record_id: UUID


class ContractWithdrawn(DomainEvent):
    """A customer withdrew from the contract that an order made."""

    withdrawal_id: UUID
    customer_id: CustomerId
    order_id: OrderId
