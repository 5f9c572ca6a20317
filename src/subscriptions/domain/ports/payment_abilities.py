"""Optional capabilities of payment providers: one small protocol for each `Capability` that needs its own method."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from subscriptions.domain.money import Money
from subscriptions.domain.ports.foreign_subscriptions import ForeignPage
from subscriptions.domain.ports.payment_facts import (
    CheckoutState,
    DisputeAnswer,
    DisputeDeadline,
    ManagePages,
    PaymentEvent,
    PlanChangeRequest,
    PriceRequest,
    SubscriptionPage,
    WebhookEndpoint,
    WebhookRequest,
)


@runtime_checkable
class ResumesSubscriptions(Protocol):
    """Capability.RESUME: a cancellation at period end can be undone."""

    async def resume_subscription(self, ref: str) -> bool:
        """Resume renewals. Return False if it is too late or the subscription is unknown."""
        ...


@runtime_checkable
class PausesSubscriptions(Protocol):
    """Capability.PAUSE: one period can be skipped; the next one is charged normally."""

    async def pause_subscription(self, ref: str) -> bool:
        """Skip the charge of the next period; the current period runs to its end.

        Return True if the pause is set, by this call or an earlier one; `pause_until` of the snapshot contains its end.
        Return False if the subscription is unknown or has no current period that a pause could follow.
        """
        ...

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        """End the pause. If the current period has not ended, charging resumes at its end; otherwise with the next
        period, which begins immediately if `at_once` is True and the provider supports this.

        Return True if charging is resumed or was never paused, False if the subscription is unknown or over. Raise
        ChargeDeclined if an immediate charge fails; the pause then remains.
        """
        ...


@runtime_checkable
class MovesCharges(Protocol):
    """Capability.MOVE_CHARGE: the next charge can be postponed, and later charges count from the new date."""

    async def reschedule_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        """Reschedule the next charge to `charge_at`, to the second or as close before that time as the provider allows.
        Nothing is charged or refunded for this. A date earlier than the regular one is possible only if the charge was
        postponed before.

        Return True if the charge is scheduled for that date, by this call or an earlier one; the snapshot's period then
        ends there and its `charge_moved_to` contains the date. Return False if the subscription is unknown, if
        `charge_at` is past, or if the subscription's state forbids it: canceled, unpaid or paused. A plan change that
        is scheduled for the renewal takes effect with the moved charge, and can be undone until then.
        """
        ...


@runtime_checkable
class PausesBilling(Protocol):
    """Capability.HOLD: billing can be paused without a time limit while the customer's access is suspended."""

    async def pause_billing(self, ref: str) -> bool:
        """Pause billing until it is resumed: no new period is charged and no failed charge is retried. The snapshot
        continues as if periods were charged; Umbral itself must suspend the customer's access.

        Return True if billing is paused, by this call or an earlier one, or if there would be no charge. Return False
        if the subscription is unknown or over.
        """
        ...

    async def release_charges(self, ref: str) -> bool:
        """Resume billing: charge the next period and the amounts that were already owed before the pause. Periods that
        began during the pause stay uncharged.

        Return True if billing is resumed, by this call or an earlier one. Return False if the subscription is unknown
        or over.
        """
        ...


@runtime_checkable
class HasPages(Protocol):
    """Capability.PORTAL: the provider has billing pages on which a customer can fix a failed charge."""

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        """Create expiring links to the provider's billing pages. Return None if the subscription is unknown or has
        ended.

        return_url: URL to which the page returns the customer
        locale: `es` or `en`
        """
        ...


@runtime_checkable
class FetchesCheckouts(Protocol):
    """Capability.FETCH for checkouts: the state of an open order can be fetched without a webhook."""

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """Return the checkout's current state. Return None if the provider does not know the checkout."""
        ...


@runtime_checkable
class FetchesPayments(Protocol):
    """Capability.FETCH_PAYMENTS: the payments of a subscription can be fetched without a webhook."""

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """Return the payments captured at `start` or later, the oldest first; empty for an unknown subscription.

        Each event equals the `payment_completed` event that the webhook would deliver, with the same payment_key,
        period and references. Only its event_key differs: `poll:{payment_key}`, so that a repeated call returns the
        same event.
        """
        ...


@runtime_checkable
class FetchesDisputes(Protocol):
    """Capability.FETCH_DISPUTES: the state of a dispute can be fetched without a webhook."""

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """Return the dispute's current state as an event. Return None if the provider does not know the dispute or
        reports nothing usable.

        The event is `dispute_opened` or `dispute_closed`, with the reason and payment_key that the webhook would
        deliver. occurred_at is the time of the call; event_key is `poll:{dispute_key}:{kind}`, so that a repeated call
        returns the same event.
        """
        ...


@runtime_checkable
class TakesEvidence(Protocol):
    """Capability.TAKE_EVIDENCE: evidence for a dispute can be submitted through the provider's API, once."""

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        """Return the deadline for evidence. Return None if the provider does not know the dispute. May raise gateway
        errors.
        """
        ...

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        """Submit the evidence, which cannot be changed afterwards.

        Return True if the provider has received the evidence, by this call or an earlier one with this key. Return
        False if the dispute accepts no more evidence: it is decided, evidence was submitted outside Umbral, or its
        deadline has passed. Raise GatewayRejected, with the code EVIDENCE_TOO_LARGE if the document is too large, or
        another gateway error.
        """
        ...


@runtime_checkable
class ListsEvents(Protocol):
    """Capability.LIST_EVENTS: the events of a time span, of all customers, can be fetched without a webhook."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """Return the events about money and subscriptions from `start` until before `end`, the oldest first. Events of
        the kind `ignored` are left out.

        Refunds and disputes are always included; other kinds only if listing them needs no further call per customer.
        Each event equals the event of the webhook. If the provider lists its deliveries, the event has the delivery's
        event_key; otherwise it has a key of the adapter that is the same on every call. Unreadable entries are skipped
        and logged. May raise gateway errors, among them GatewayAuthError if the credentials may not list events.
        """
        ...


@runtime_checkable
class NamesLackingFeatures(Protocol):
    """Protocol for providers that silently omit some events from their lists if Umbral's credentials may not see these
    events.
    """

    async def lacking_features(self) -> Sequence[str]:
        """Return the permissions to switch on so that all events are listed, by their names on the provider's
        dashboard. May raise gateway errors.
        """
        ...


@runtime_checkable
class ListsSubscriptions(Protocol):
    """Protocol for providers that list subscriptions page by page, which avoids one request per subscription."""

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """Return a page of subscriptions; the first page if `cursor` is None.

        Subscriptions that have ended may be missing. Those that start or change during the listing may be missing or
        appear twice. May raise gateway errors.
        """
        ...


@runtime_checkable
class TakesOver(Protocol):
    """Protocol for providers at which Umbral can take over subscriptions that another system started."""

    async def list_foreign(self, cursor: str | None) -> ForeignPage:
        """Return a page of all subscriptions that have not ended, including Umbral's; the first page if `cursor` is
        None. May raise gateway errors.
        """
        ...

    async def take_over(self, ref: str, order_id: str, telegram_id: int) -> bool:
        """Store the ids of Umbral's order and customer in the subscription's metadata. Nothing is charged and nothing
        else changes. Return False if there is no such subscription. May raise gateway errors.
        """
        ...


@runtime_checkable
class ExpiresCheckouts(Protocol):
    """Capability.EXPIRE_CHECKOUT: an open checkout can be closed before it expires."""

    async def expire_checkout(self, session_ref: str) -> bool:
        """Close the checkout. Return True if it can no longer be paid. Return False if it was paid or is unknown."""
        ...


@runtime_checkable
class MakesPrices(Protocol):
    """Capability.PRICE_OBJECTS: the provider has a price object for each plan."""

    async def ensure_price(self, request: PriceRequest) -> str:
        """Return the reference of the price object for exactly this plan and amount. Create the price object if it does
        not exist.
        """
        ...


@runtime_checkable
class ChecksPrices(Protocol):
    """Protocol for providers whose price objects can be archived or deleted on the provider's dashboard."""

    async def find_price_fault(self, reference: str) -> str | None:
        """Return the reason why the provider would refuse a checkout with this price object; None if it is on sale.
        Changes nothing. May raise gateway errors.
        """
        ...


@runtime_checkable
class ChangesPlans(Protocol):
    """Capability.CHANGE_PLAN: a running subscription can switch to another price."""

    async def quote_change(self, request: PlanChangeRequest) -> Money | None:
        """Return the amount that the change would charge immediately, without making the change. Return None if there
        is no such running subscription.
        """
        ...

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        """Change the price. Return True if it is changed or scheduled for the renewal, by this call or an earlier one.
        Return False if there is no such running subscription.

        Raise ChargeDeclined if the difference could not be charged; nothing is changed then.
        """
        ...

    async def undo_change(self, subscription_ref: str) -> bool:
        """Undo a change that is scheduled for the renewal. Return True if no change is scheduled any more, False if
        there is no such subscription.
        """
        ...


@runtime_checkable
class PreviewsChanges(Protocol):
    """Protocol for providers that can calculate the first renewal after a plan change, with discounts, quantities,
    further items, taxes and the payer's credit.
    """

    async def preview_renewal(self, request: PlanChangeRequest) -> Money | None:
        """Return the amount that the next renewal would charge after the change, without making the change. Return None
        if there is no such running subscription or the provider does not report the amount.
        """
        ...


@runtime_checkable
class AsksForChanges(Protocol):
    """Capability.APPROVE_CHANGE: a running subscription switches to another price with its next charge, once the payer
    has approved the change on a page of the provider.

    The change always takes effect at the renewal, whatever `at_renewal` says. The snapshot shows the change in
    `price_ref` and `last_charge`. To undo an approved change, request a change back to the current price, which the
    payer has to approve as well.
    """

    async def ask_change(self, request: PlanChangeRequest) -> str | None:
        """Return the URL of the approval page. Return None if there is no such running subscription or it cannot switch
        to that price. Nothing changes unless the payer approves.
        """
        ...


@runtime_checkable
class RefundsPayments(Protocol):
    """Capability.REFUND: payments can be refunded through the API."""

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Refund a payment, in full if `amount` is None. Return True if the refund is done, in progress, or was done
        before.

        `telegram_id`: payer, for providers that need it for a refund.
        """
        ...


@runtime_checkable
class NamesPayers(Protocol):
    """Protocol for providers that identify the card or account behind a payment."""

    async def payer_of(self, payment_key: str) -> str | None:
        """Return an identifier of the card or account that made the payment. It is equal for all payments with this
        card or account by any customer and does not reveal the card's number. Return None if there is no such
        payment or it was made without a card or account. May raise gateway errors.
        """
        ...


@runtime_checkable
class KnowsWebhooks(Protocol):
    """Protocol for providers that list the URLs to which they send webhooks."""

    async def webhook_endpoints(self) -> Sequence[WebhookEndpoint]:
        """Return all webhook endpoints. May raise gateway errors, because a key may lack the permission."""
        ...


@runtime_checkable
class RegistersWebhooks(Protocol):
    """Protocol for providers whose webhook endpoints can be registered through the API."""

    async def register_webhook(self, address: str) -> Mapping[str, str]:
        """Register an endpoint for all events that Umbral uses. Return the values to save in Umbral's settings, keyed
        by the setting's name.

        A second call creates a second registration. May raise gateway errors: the key may lack the permission, or the
        address may be refused.
        """
        ...


@runtime_checkable
class TakesChatPayments(Protocol):
    """Capability.IN_CHAT: payment inside the chat. The URL of the checkout is its invoice link, its id the payload of
    the invoice.

    Only Umbral's bot receives the updates about the money, and they are not signed. The bot's process seals the updates
    and passes them on as webhooks. `parse_webhook` requires the seal as the proof of origin.
    """

    def seal_update(self, update: Mapping[str, object], received_at: datetime) -> WebhookRequest | None:
        """Return an update of the bot as a sealed delivery that `parse_webhook` accepts in any process. Return None if
        the update is not about this provider's payments.
        """
        ...


@runtime_checkable
class CompletesEvents(Protocol):
    """Protocol for providers whose refund and dispute events do not identify Umbral's payment."""

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """Return the event with about_payment and Umbral's references filled in as far as the provider knows them. A
        complete event is returned unchanged. The method calls the provider; do not use it while a webhook request waits
        for its response.
        """
        ...


@runtime_checkable
class ConfirmsByHand(Protocol):
    """Capability.MANUAL: payments whose arrival only staff can confirm, such as bank transfers.

    The decision of staff about a checkout is sealed and passed on as a webhook. `parse_webhook` requires the seal as
    the proof of origin.
    """

    def seal_decision(
        self, session_ref: str, order_id: str, amount: Money, *, is_confirmed: bool, decided_at: datetime
    ) -> WebhookRequest:
        """Return the decision about a checkout, paid in full (`is_confirmed`) or not, as a sealed delivery. A repeated
        decision has the same event key.
        """
        ...
