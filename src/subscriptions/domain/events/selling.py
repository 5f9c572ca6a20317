"""Events about plans, orders, money and subscriptions."""

from datetime import datetime
from uuid import UUID

from subscriptions.domain.events.base import DomainEvent
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, PlanId, SubscriptionId


class WebhookStored(DomainEvent):
    """A verified payment event was stored in the inbox and is to be applied. `cause`: trace id that links the log
    entries.
    """

    inbox_id: UUID
    cause: str | None = None


class PaymentReceived(DomainEvent):
    """A payment was captured and counted.

    recovers: True if an earlier charge had failed
    settles_change: True if the payment is the difference of a plan change
    """

    payment_id: PaymentId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    is_renewal: bool
    recovers: bool = False
    settles_change: bool = False


class PaymentBalanceChanged(DomainEvent):
    """The balance of a payment changed: the payment was captured, refunded or disputed, or its money was recovered.

    `brought_by`: see `Customer.brought_by`.
    """

    payment_id: PaymentId
    brought_by: UUID | None = None


class BroughtCustomerPaid(DomainEvent):
    """A customer who was referred by another customer has paid."""

    stored_as = "ReferralPaid"
    payment_id: PaymentId


class BroughtPaymentReversed(DomainEvent):
    """The payment that earned referral days was refunded.

    `reason`: reason why the subscription that the payment was for ended; empty if the subscription continues.
    """

    stored_as = "ReferralReversed"
    payment_id: PaymentId
    reason: str = ""


class PartReceived(DomainEvent):
    """A partial payment arrived. It counts towards its order, which stays open for the rest."""

    payment_id: PaymentId
    customer_id: CustomerId


class CheckoutFailed(DomainEvent):
    """A first payment has definitely failed, according to the provider or staff. `number`: number of the order's
    checkout attempt.
    """

    order_id: OrderId
    customer_id: CustomerId
    number: int


class PaymentFlagged(DomainEvent):
    """Captured money was put under review: wrong amount, wrong customer or second capture.

    returns: True if the payment is refunded automatically
    subscription_ref: provider's id of the duplicate subscription that the payment created; empty if there is none
    """

    payment_id: PaymentId
    customer_id: CustomerId
    order_id: OrderId
    reason: str
    returns: bool = False
    subscription_ref: str = ""
    at: datetime | None = None


class PaymentFailed(DomainEvent):
    """A charge failed.

    final: True if the provider will not retry the charge
    confirm: True if the customer's bank requires a confirmation first
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    final: bool
    period_end: datetime
    confirm: bool = False


class SubscriptionCanceled(DomainEvent):
    """A subscription was canceled; access continues until `access_until`. `at`: time of the cancellation, which
    identifies it because a cancellation can be undone and repeated.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    access_until: datetime
    at: datetime


class CancellationUndone(DomainEvent):
    """A cancellation was undone."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    at: datetime


class PlanSwitched(DomainEvent):
    """A subscription changed to another plan."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    change_id: UUID


class PlanSwitchPlanned(DomainEvent):
    """A plan switch at the renewal was planned. `at`: time of the planning, which identifies the switch because a
    planned switch can be dropped and repeated.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    plan_id: PlanId
    at: datetime


class PlanSwitchDropped(DomainEvent):
    """A planned plan switch was dropped."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    at: datetime


class SubscriptionPaused(DomainEvent):
    """A subscription was paused: nothing is charged, and the customer has no access. `reason`: such as `provider` or
    `dispute`.
    """

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str
    at: datetime


class SubscriptionResumed(DomainEvent):
    """A subscription was resumed. `reason`: reason of the pause that ended."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str
    at: datetime


class SubscriptionExpired(DomainEvent):
    """A subscription ended. `reason`: such as `period_over`, `refunded` or `dispute_lost`."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    reason: str


class ChargeGivenUp(DomainEvent):
    """A subscription ended because its charge was refused after the money of the period before it went back."""

    subscription_id: SubscriptionId
    customer_id: CustomerId


class BillingToStop(DomainEvent):
    """The provider must stop billing a subscription."""

    subscription_id: SubscriptionId


class BillingSyncDue(DomainEvent):
    """Billing of a subscription is to be paused or resumed to match the customer's access. `rest_start`: start of the
    pause that ended.
    """

    subscription_id: SubscriptionId
    rest_start: datetime | None = None


class PaymentRefunded(DomainEvent):
    """A payment was refunded, fully or partially."""

    refund_id: UUID
    customer_id: CustomerId


class DisputeLost(DomainEvent):
    """A dispute was lost: the customer's bank took the payment permanently."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    dispute_id: UUID


class RefundWanted(DomainEvent):
    """Staff requested a refund.

    minor: amount in minor units of the payment's currency
    key: identifies the request
    """

    payment_id: PaymentId
    minor: int
    key: str


class DisputeBegun(DomainEvent):
    """A dispute or an inquiry was opened."""

    dispute_id: UUID


class RenewalChangeWanted(DomainEvent):
    """Staff requested a change of renewals.

    change: cancel, undo, pause or resume
    key: identifies the request
    """

    subscription_id: SubscriptionId
    change: str
    key: str


class ReminderDue(DomainEvent):
    """A reminder is due. `kind`, `key`: as defined by the reminder policy."""

    subscription_id: SubscriptionId
    customer_id: CustomerId
    kind: str
    key: str


class PlanChanged(DomainEvent):
    """A plan was created or changed."""

    plan_id: PlanId


class PlanOpened(DomainEvent):
    """A plan includes additional resources. `new_resources`: slugs of the resources."""

    plan_id: PlanId
    new_resources: tuple[str, ...]


class PlanNarrowed(DomainEvent):
    """A plan includes fewer resources than before; its customers lose access to them at once. `lost_resources`: slugs
    of the resources.
    """

    plan_id: PlanId
    lost_resources: tuple[str, ...]


class OrderPaid(DomainEvent):
    """An order was paid; all other payment pages for the same plan must be closed."""

    order_id: OrderId
    customer_id: CustomerId
    at: datetime


class PagesExpired(DomainEvent):
    """Some payment pages of an order can no longer be paid."""

    order_id: OrderId


class OrderExpired(DomainEvent):
    """An order expired without payment. `at`: end of the order's checkout."""

    order_id: OrderId
    customer_id: CustomerId
    at: datetime


class PageOpenedLate(DomainEvent):
    """A payment page was opened for an order that has been abandoned or paid through another page."""

    order_id: OrderId


class PartGivenUp(DomainEvent):
    """A partial payment can no longer complete its order and is to be refunded."""

    payment_id: PaymentId


class ContractWithdrawn(DomainEvent):
    """A customer withdrew from the contract of an order."""

    withdrawal_id: UUID
    customer_id: CustomerId
    order_id: OrderId
