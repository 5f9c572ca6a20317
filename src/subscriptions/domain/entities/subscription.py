"""Subscription of a customer to a plan."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import FOR_LIFE_YEAR, Interval, ServicePlan
from subscriptions.domain.entities.transitions import TransitionTable
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.events import (
    BillingSyncDue,
    BillingToStop,
    CancellationUndone,
    ChargeGivenUp,
    PaymentFailed,
    PlanSwitchDropped,
    PlanSwitched,
    PlanSwitchPlanned,
    Recorder,
    SubscriptionCanceled,
    SubscriptionExpired,
    SubscriptionPaused,
    SubscriptionResumed,
)
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money


class SubscriptionStatus(StrEnum):
    """Status of a subscription, as described in docs/glossary.md. `expired` is terminal."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


class SubscriptionEvent(StrEnum):
    """Events that change the status of a subscription."""

    TRIAL_STARTED = "trial_started"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELED = "canceled"
    CANCEL_UNDONE = "cancel_undone"
    TRIAL_KEPT = "trial_kept"
    TRIAL_RESUMED = "trial_resumed"
    ENDED = "ended"


LIVE: Final = frozenset(
    {
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.PAUSED,
        SubscriptionStatus.CANCELED,
    }
)
"""Live statuses. The database allows at most one live subscription per customer and plan."""

INTERRUPTED_STATES: Final = frozenset({SubscriptionStatus.PAUSED, SubscriptionStatus.CANCELED})
"""Temporary statuses. When a pause ends or a cancellation is undone, the status before it is restored."""

PERIOD_OVER, REFUNDED, DISPUTE_LOST, REMOVED, ERASED = "period_over", "refunded", "dispute_lost", "removed", "erased"
WITHDRAWN: Final = "withdrawn"
"""Reason for the end of a subscription: the customer withdrew from the contract. The other reasons are the constants on
the line above.
"""
REPLACED: Final = "replaced"
"""Reason for the end of a provider's subscription whose failed charge was not collected, because the customer paid by
another method.
"""

PROVIDER, DISPUTE, STAFF, BAN = "provider", "dispute", "staff", "ban"
"""Reasons for a pause. ban: administrators banned the customer from all chats of the subscription."""

_S, _E = SubscriptionStatus, SubscriptionEvent

SUBSCRIPTION_TRANSITIONS: Final = TransitionTable[SubscriptionStatus, SubscriptionEvent](
    "subscription",
    {
        (_S.INCOMPLETE, _E.TRIAL_STARTED): _S.TRIALING,
        (_S.INCOMPLETE, _E.PAID): _S.ACTIVE,
        (_S.INCOMPLETE, _E.PAYMENT_FAILED): _S.INCOMPLETE,
        (_S.INCOMPLETE, _E.CANCELED): _S.EXPIRED,
        (_S.INCOMPLETE, _E.ENDED): _S.EXPIRED,
        (_S.TRIALING, _E.TRIAL_STARTED): _S.TRIALING,
        (_S.TRIALING, _E.PAID): _S.ACTIVE,
        (_S.TRIALING, _E.PAYMENT_FAILED): _S.PAST_DUE,
        (_S.TRIALING, _E.PAUSED): _S.PAUSED,
        (_S.TRIALING, _E.CANCELED): _S.CANCELED,
        (_S.TRIALING, _E.ENDED): _S.EXPIRED,
        # A trial at a provider begins on a subscription that a code started; nothing has been charged yet.
        (_S.ACTIVE, _E.TRIAL_STARTED): _S.TRIALING,
        (_S.ACTIVE, _E.PAID): _S.ACTIVE,
        (_S.ACTIVE, _E.PAYMENT_FAILED): _S.PAST_DUE,
        (_S.ACTIVE, _E.PAUSED): _S.PAUSED,
        (_S.ACTIVE, _E.CANCELED): _S.CANCELED,
        (_S.ACTIVE, _E.ENDED): _S.EXPIRED,
        (_S.PAST_DUE, _E.PAID): _S.ACTIVE,
        (_S.PAST_DUE, _E.PAYMENT_FAILED): _S.PAST_DUE,
        (_S.PAST_DUE, _E.PAUSED): _S.PAUSED,
        (_S.PAST_DUE, _E.CANCELED): _S.CANCELED,
        (_S.PAST_DUE, _E.ENDED): _S.EXPIRED,
        (_S.PAUSED, _E.PAID): _S.PAUSED,
        (_S.PAUSED, _E.PAYMENT_FAILED): _S.PAUSED,
        (_S.PAUSED, _E.PAUSED): _S.PAUSED,
        (_S.PAUSED, _E.RESUMED): _S.ACTIVE,
        (_S.PAUSED, _E.TRIAL_RESUMED): _S.TRIALING,
        (_S.PAUSED, _E.CANCELED): _S.CANCELED,
        (_S.PAUSED, _E.ENDED): _S.EXPIRED,
        # A payment for a canceled subscription counts for its period and does not change the end.
        (_S.CANCELED, _E.PAID): _S.CANCELED,
        (_S.CANCELED, _E.PAYMENT_FAILED): _S.CANCELED,
        (_S.CANCELED, _E.CANCELED): _S.CANCELED,
        (_S.CANCELED, _E.CANCEL_UNDONE): _S.ACTIVE,
        (_S.CANCELED, _E.TRIAL_KEPT): _S.TRIALING,
        (_S.CANCELED, _E.ENDED): _S.EXPIRED,
    },
)


@dataclass(kw_only=True)
class Subscription:
    """Subscription of a customer to a plan.

    provider_ref: provider's id; None if no provider manages the subscription
    access_until: cached result of the ledger
    synced_at: time at which the last applied provider state was fetched; older responses are not applied over it
    paused_for: all current reasons for a pause
    next_reminder_at: time of the next check for due messages; None = at once
    next_check_at: time of the next scheduled check of an ended period or a failed charge
    next_ask_at: time of the next fetch from the provider
    price_ref: provider's price object as last seen
    next_plan_id, next_plan_at: plan of the switch at the renewal, and the time of the switch; None for no switch
    next_price: agreed price for that switch; None if not recorded
    billed_plan_id: cheaper plan that the provider charges already, while the customer first uses the time left of
        `plan_id`; `price` is then the price of the billed plan; None if the provider charges `plan_id`
    owed_since: time of a failed renewal that has not been paid
    owed_amount: amount of that charge; None if nothing is owed or the amount is unknown
    pause_until: end of a skipped month
    interval, interval_count: period as bought, regardless of later changes to the plan; interval is None for one-time
        purchases, interval_count is None if not recorded (`period`)
    canceled_from: status before cancellation or pause; None when there is neither
    charge_moved_to: end of the current period if the next charge was postponed to that date, when access ends
    withheld_since: time since which Umbral keeps the customer out; their time is paused meanwhile
    cancel_at: end set at the provider if later than the current period; the subscription renews until then
    upcoming_at, upcoming_amount, upcoming_learned_at: provider's announcement of the next charge, see `upcoming`
    billing_stopped_at: time of the decision to stop billing for good, after a refund or because the payer gave up the
        account; the provider may execute it later; None if the provider has charged again since then
    paused_seen_at: time at which the provider was last seen to have paused the subscription without an end date
    charging_since: start of the current period while its charge is under way, as the provider reports; None otherwise
    """

    id: SubscriptionId
    customer_id: CustomerId
    plan_id: PlanId
    order_id: OrderId | None
    status: SubscriptionStatus = SubscriptionStatus.INCOMPLETE
    provider: str | None
    provider_ref: str | None
    price: Money
    current_period_start: datetime | None = None
    current_period_end: datetime | None = None
    access_until: datetime | None = None
    cancel_at_period_end: bool = False
    canceled_at: datetime | None = None
    cancel_reason: str | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    synced_at: datetime | None = None
    next_check_at: datetime | None = None
    next_ask_at: datetime | None = None
    paused_for: frozenset[str] = frozenset()
    next_reminder_at: datetime | None = None
    price_ref: str | None = None
    next_plan_id: PlanId | None = None
    next_plan_at: datetime | None = None
    next_price: Money | None = None
    billed_plan_id: PlanId | None = None
    owed_since: datetime | None = None
    owed_amount: Money | None = None
    pause_until: datetime | None = None
    interval: Interval | None = None
    interval_count: int | None = None
    canceled_from: SubscriptionStatus | None = None
    charge_moved_to: datetime | None = None
    withheld_since: datetime | None = None
    cancel_at: datetime | None = None
    upcoming_at: datetime | None = None
    upcoming_amount: Money | None = None
    upcoming_learned_at: datetime | None = None
    billing_stopped_at: datetime | None = None
    paused_seen_at: datetime | None = None
    charging_since: datetime | None = None
    created_at: datetime
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def begin(cls, order: Order, provider: str, ref: str | None, now: datetime, price: Money | None = None) -> Self:
        """Create the unpaid subscription of an order. `price`: price charged by the provider; None for the order's
        price.
        """
        subscription = cls(
            id=SubscriptionId(new_uuid()),
            customer_id=order.customer_id,
            plan_id=order.plan_id,
            order_id=order.id,
            provider=provider,
            provider_ref=ref,
            price=price or order.price,
            created_at=now,
        )
        subscription.buy_period(order)
        return subscription

    @classmethod
    def give(cls, customer_id: CustomerId, plan_id: PlanId, price: Money, now: datetime) -> "Subscription":
        """Create a subscription without order and provider, from a token or a grant by staff."""
        return cls(
            id=SubscriptionId(new_uuid()),
            customer_id=customer_id,
            plan_id=plan_id,
            order_id=None,
            provider=None,
            provider_ref=None,
            price=price,
            created_at=now,
        )

    @property
    def live(self) -> bool:
        """Return True if the subscription gives access now, or will give access again after a pause."""
        return self.status in LIVE

    @property
    def is_active(self) -> bool:
        """Return True if statistics count the subscription as active: it gives access now, and neither a failed charge
        nor a cancellation is about to end it.
        """
        return self.status in {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE} and not self.paused_for

    @property
    def is_paused(self) -> bool:
        """Return True if the customer has no access for a limited time. Canceling a paused subscription does not
        readmit the customer.
        """
        return self.live and (self.status is SubscriptionStatus.PAUSED or bool(self.paused_for))

    @property
    def for_life(self) -> bool:
        """Return True if access lasts for life and cannot be extended."""
        return self.access_until is not None and self.access_until.year >= FOR_LIFE_YEAR

    @property
    def on_hold(self) -> bool:
        """Return True if Umbral suspends the customer's access because of a dispute, a ban or a staff command. Billing
        and time are paused meanwhile.
        """
        return self.live and bool(self.paused_for - {PROVIDER})

    @property
    def paused_in_period(self) -> bool:
        """Return True if the provider paused the subscription, without an end date, within the current period. A period
        that is unpaid then will not be charged any more.
        """
        seen_at, start = self.paused_seen_at, self.current_period_start
        return seen_at is not None and start is not None and seen_at > start

    @property
    def renews(self) -> bool:
        """Return True if the provider will charge again automatically. Messages about further charges are sent only in
        this case.
        """
        is_managed = self.provider_ref is not None and self.billing_stopped_at is None
        return is_managed and self.status in LIVE and self.status is not SubscriptionStatus.CANCELED

    @property
    def has_failed_charge(self) -> bool:
        """Return True if the last charge failed and the provider still tries to collect it."""
        return self.status is SubscriptionStatus.PAST_DUE and self.renews

    @property
    def is_owed(self) -> bool:
        """Return True if a charge failed, and nothing but this charge keeps the subscription from continuing. The
        customer may then pay by another method, also after the charge that ends a skipped month failed, or after a
        cancellation.
        """
        owed_since, pause_end = self.owed_since, self.pause_until
        if owed_since is None or self.provider_ref is None or self.on_hold:
            return False
        ends_pause = self.is_paused and pause_end is not None and owed_since >= pause_end
        return self.status in {SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELED} or ends_pause

    @property
    def is_replaced(self) -> bool:
        """Return True if this is only the provider's subscription whose failed charge was replaced by another payment.
        The customer's own subscription continues, see `leave_provider`.
        """
        return self.end_reason == REPLACED

    @property
    def coming_plan_id(self) -> PlanId | None:
        """Plan to switch to at the renewal; None if no switch is planned. Also None while the subscription is canceled,
        although the agreed switch is kept in case the cancellation is undone.
        """
        return self.next_plan_id if self.renews else None

    @property
    def upcoming(self) -> UpcomingCharge | None:
        """Provider's announcement of the next charge; None if there is none for the current period."""
        learned_at = self.upcoming_learned_at
        if learned_at is None:
            return None
        return UpcomingCharge(at=self.upcoming_at, amount=self.upcoming_amount, learned_at=learned_at)

    def learn(self, upcoming: UpcomingCharge | None) -> None:
        """Store the provider's announcement of the next charge; None deletes it. A new date or amount triggers a new
        check for due messages.
        """
        known, self.upcoming_learned_at = self.upcoming, upcoming.learned_at if upcoming is not None else None
        self.upcoming_at = upcoming.at if upcoming is not None else None
        self.upcoming_amount = upcoming.amount if upcoming is not None else None
        if upcoming is not None and (known is None or (known.at, known.amount) != (upcoming.at, upcoming.amount)):
            self.next_reminder_at = None

    @property
    def next_charge(self) -> datetime | None:
        """Date of the provider's next charge, as announced by the provider or else calculated from the recorded period.
        None if nothing will be charged.

        Free or prepaid time moves the end of access and never the charge.
        """
        if not self.renews:
            return None
        upcoming = self.upcoming
        if upcoming is not None:
            return upcoming.at
        return self.pause_until or self.current_period_end or self.access_until

    @property
    def is_recurring(self) -> bool:
        """Return True if recurring revenue counts the subscription once it was paid: it is active, and its provider
        will charge it again.
        """
        return self.is_active and self.next_charge is not None

    @property
    def takes_money(self) -> bool:
        """Return True if the next charge takes money. A coupon or credit at the provider can make a renewal free."""
        amount = self.upcoming_amount if self.upcoming is not None else None
        return self.next_charge is not None and (amount is None or amount.minor > 0)

    def charging_until(self, now: datetime) -> datetime | None:
        """Return the end of a period that has begun while its charge is still under way. Return None if there is none.

        Some providers charge an hour after the period began, and the bank may decide about the charge days later. A
        cancellation no longer prevents this charge. Time from another source, and a suspension that has ended, do not
        affect it.
        """
        start, end = self.charging_since, self.charging_end
        return end if start is not None and end is not None and start <= now < end else None

    @property
    def charging_end(self) -> datetime | None:
        """End of the period whose charge was last seen under way, see `charging_until`. None if there is none."""
        keeps_period = self.status is SubscriptionStatus.CANCELED and self.cancel_at_period_end
        runs = (self.is_active or keeps_period) and not self.is_paused
        is_charging = self.charging_since is not None and self.billing_stopped_at is None
        return self.current_period_end if runs and is_charging else None

    def count_period(self, paid_from: datetime, length: timedelta) -> None:
        """Record that the time from `paid_from` is paid, so that the charge of the current period is no longer under
        way. A payment without time, such as a difference for another plan, changes nothing.
        """
        if self.charging_since is not None and length and paid_from >= self.charging_since:
            self.charging_since = None

    @property
    def has_end_date(self) -> bool:
        """Return True if the provider renews the subscription until a date that is set."""
        return self.renews and self.cancel_at is not None

    def undoable(self, now: datetime) -> bool:
        """Return True if a cancellation can be undone because the provider keeps the subscription until the period ends
        or renews it until a later date. In granted days after the period, the provider no longer keeps it. If billing
        was stopped for good, it cannot be resumed.
        """
        keeps_period = self.status is SubscriptionStatus.CANCELED and self.cancel_at_period_end
        is_period_over = self.current_period_end is not None and self.current_period_end <= now
        is_managed = self.provider_ref is not None and self.billing_stopped_at is None
        return (is_managed and keeps_period and not is_period_over) or self.has_end_date

    def period(self, plan: ServicePlan) -> tuple[Interval | None, int]:
        """Return the billing period: interval and count. The interval is None for one-time purchases.

        `plan`: the subscription's plan, used if no period is recorded because the subscription began with a code or in
            an older release.
        """
        if self.interval_count is not None:
            return self.interval, self.interval_count
        return plan.interval if plan.recurring else None, plan.interval_count

    def buy_period(self, terms: Order | ServicePlan) -> None:
        """Store the period of an order, or the period of the new plan after a switch."""
        self.interval = terms.interval if terms.recurring else None
        self.interval_count = terms.interval_count

    def apply(self, event: SubscriptionEvent, now: datetime) -> bool:
        """Apply the event if the transition table allows it. Return True if the status changed. Terminal statuses
        ignore late events.
        """
        if not SUBSCRIPTION_TRANSITIONS.allows(self.status, event):
            return False
        subscription_status, self.status = self.status, SUBSCRIPTION_TRANSITIONS.next_state(self.status, event)
        self.next_reminder_at = None
        self._remember(subscription_status, event)
        if self.status is not subscription_status:
            # The time of the next check was computed for the previous status.
            self.next_check_at = None
        if self.status is SubscriptionStatus.EXPIRED:
            self.ended_at = now
            if subscription_status in LIVE:
                self.events.record(SubscriptionExpired(self.id, self.customer_id, self.end_reason or PERIOD_OVER))
        return self.status is not subscription_status

    def _remember(self, status: SubscriptionStatus, event: SubscriptionEvent) -> None:
        """Store the status before a cancellation or pause, so that an unpaid trial is a trial again afterwards."""
        if event is SubscriptionEvent.PAID or self.status not in INTERRUPTED_STATES:
            self.canceled_from = None
        elif status not in INTERRUPTED_STATES:
            self.canceled_from = status

    @property
    def _was_trial(self) -> bool:
        return self.canceled_from is SubscriptionStatus.TRIALING

    def fail_payment(self, *, final: bool, now: datetime, confirm: bool = False, amount: Money | None = None) -> None:
        """Record a failed charge. Access continues for the grace period; a paused subscription stays paused.

        Notify the customer on the first failure and when the bank requires a confirmation (`confirm`). `amount`: amount
        of the charge; None if it is not reported.
        """
        is_failed = self.apply(SubscriptionEvent.PAYMENT_FAILED, now)
        is_late = self.status is SubscriptionStatus.PAUSED and self._is_skip_over(now)
        if (is_late and self.owed_since is None) or (
            self.status is SubscriptionStatus.PAST_DUE and (is_failed or confirm)
        ):
            self.owed_since = self.owed_since or max(now, self.current_period_start or now)  # our clock may be behind
            self.events.record(PaymentFailed(self.id, self.customer_id, final, self.current_period_end or now, confirm))
        if amount is not None and self.owed_since is not None:
            self.owed_amount = amount

    def _is_skip_over(self, now: datetime) -> bool:
        """Return True if a skipped month is over: its end is reached, or the provider's period lasts longer, because
        the customer ended it early.
        """
        pause_end, period_end = self.pause_until, self.current_period_end
        return pause_end is not None and (pause_end <= now or (period_end is not None and period_end > pause_end))

    def settle_debt(self, paid_from: datetime, paid_until: datetime) -> bool:
        """Clear the failed charge if the payment's period ends after the renewal that failed. Return True if the
        payment is for that renewal.

        A payment without a period, such as a difference for another plan, does not clear the failed charge.
        """
        if self.owed_since is None or paid_until <= max(paid_from, self.owed_since):
            return False
        owed_at, self.owed_since, self.owed_amount = self.owed_since, None, None
        return paid_from <= owed_at

    def cancel(self, *, now: datetime, at_period_end: bool = True) -> None:
        """Cancel further charges. A repeated call does not notify the customer again; it only records that the provider
        ended the subscription immediately (`at_period_end` False).
        """
        if not at_period_end and (self.cancel_at_period_end or self.status is not SubscriptionStatus.CANCELED):
            # What the provider ended is not waited for, as a skipped month was.
            self.next_check_at = None
        if self.apply(SubscriptionEvent.CANCELED, now):
            self.cancel_at_period_end, self.canceled_at = at_period_end, now
            if self.status is SubscriptionStatus.CANCELED:
                end = self.access_until or self.current_period_end or now
                self.events.record(SubscriptionCanceled(self.id, self.customer_id, end, now))
        elif self.status is SubscriptionStatus.CANCELED and not at_period_end:
            # The provider has ended the subscription immediately in the meantime.
            self.cancel_at_period_end = False

    def stop_billing(self, now: datetime) -> None:
        """Stop billing at the provider at once; paid time is kept. Idempotent."""
        if self.provider_ref is not None and self.billing_stopped_at is None:
            self.billing_stopped_at, self.next_reminder_at = now, None
        self.events.record(BillingToStop(self.id))

    def give_up_charge(self, reason: str, now: datetime) -> None:
        """Stop billing because the charge of the current period was refused after the money of the period before it
        went back, and end the subscription unless time from another source is left. `reason`: end reason
        """
        self.stop_billing(now)
        if not self.is_paused and (self.access_until is None or self.access_until <= now):
            self.end(reason, now)
            self.events.record(ChargeGivenUp(self.id, self.customer_id))

    def leave_provider(self, now: datetime) -> "Subscription":
        """Continue without the provider whose charge failed, because the customer paid by another method. Return the
        provider's subscription as a separate, ended one without time, whose billing is to be stopped. A charge that is
        collected all the same belongs to that subscription.
        """
        former = Subscription(
            id=SubscriptionId(new_uuid()),
            customer_id=self.customer_id,
            plan_id=self.plan_id,
            order_id=self.order_id,
            status=SubscriptionStatus.EXPIRED,
            provider=self.provider,
            provider_ref=self.provider_ref,
            price=self.price,
            price_ref=self.price_ref,
            current_period_start=self.current_period_start,
            current_period_end=self.current_period_end,
            interval=self.interval,
            interval_count=self.interval_count,
            ended_at=now,
            end_reason=REPLACED,
            # Listed after the customer's own subscription.
            created_at=self.created_at - timedelta(microseconds=1),
        )
        former.stop_billing(now)
        self._forget_provider(now)
        return former

    def _forget_provider(self, now: datetime) -> None:
        if self.is_paused:
            self.resume(PROVIDER, now)
        if self.status is SubscriptionStatus.CANCELED:
            self.apply(SubscriptionEvent.CANCEL_UNDONE, now)
        self.apply(SubscriptionEvent.PAID, now)
        self.billed_plan_id = None
        self.stay(now)
        self.learn(None)
        self.provider_ref, self.price_ref, self.synced_at, self.next_ask_at = None, None, None, None
        self.current_period_start, self.current_period_end, self.charging_since = None, None, None
        self.owed_since, self.owed_amount, self.charge_moved_to, self.billing_stopped_at = None, None, None, None
        self.pause_until, self.paused_seen_at, self.cancel_at = None, None, None
        self.cancel_at_period_end, self.canceled_at, self.cancel_reason = False, None, None

    def was_charged(self, at: datetime) -> None:
        """Record a charge by the provider. A charge after billing was stopped means that billing continues."""
        if self.billing_stopped_at is not None and at > self.billing_stopped_at:
            self.billing_stopped_at = None

    def undo_cancel(self, now: datetime) -> None:
        """Undo the cancellation. The status before it is restored: an unpaid trial is a trial again, and a pause stays
        in effect.
        """
        event = SubscriptionEvent.TRIAL_KEPT if self._was_trial else SubscriptionEvent.CANCEL_UNDONE
        if self.apply(event, now):
            self.cancel_at_period_end, self.canceled_at, self.cancel_reason = False, None, None
            self.billing_stopped_at = None
            if self.paused_for:
                self.apply(SubscriptionEvent.PAUSED, now)
            if self.on_hold:
                self.sync_billing()
            self.events.record(CancellationUndone(self.id, self.customer_id, now))

    def pause(self, reason: str, now: datetime, *, started_at: datetime | None = None) -> None:
        """Pause the subscription for a reason. The customer has no access until all reasons have ended. Only the first
        reason is announced to the customer.

        `started_at`: start of the cause, if earlier than `now`.
        """
        on_hold = self.on_hold
        self._rest(reason, now)
        if self.on_hold and not on_hold:
            self.withheld_since = started_at or now
            self.sync_billing()

    def _rest(self, reason: str, now: datetime) -> None:
        # A canceled subscription stays canceled while it is paused.
        is_canceled = self.status is SubscriptionStatus.CANCELED and not self.paused_for
        if is_canceled or self.apply(SubscriptionEvent.PAUSED, now):
            self.paused_for, self.next_reminder_at = frozenset({reason}), None
            self.events.record(SubscriptionPaused(self.id, self.customer_id, reason, now))
        elif self.is_paused:
            self.paused_for |= {reason}

    def resume(self, reason: str, now: datetime, *, shown_reason: str | None = None) -> None:
        """Remove a reason for the pause, and resume if no reason is left. A pause for a dispute therefore continues if
        the provider resumes the subscription.

        `shown_reason`: reason named to the customer; None for `reason`.
        """
        on_hold, withheld_since = self.on_hold, self.withheld_since
        self._go_on(reason, now, shown_reason or reason)
        if on_hold and not self.on_hold:
            self.withheld_since = None
            self.sync_billing(withheld_since)

    def sync_billing(self, rest_start: datetime | None = None) -> None:
        """Schedule the job that makes the provider pause or resume billing to match the customer's access.
        `rest_start`: start of the pause that ended.
        """
        if self.live:
            self.events.record(BillingSyncDue(self.id, rest_start))

    def _go_on(self, reason: str, now: datetime, shown_reason: str) -> None:
        if self.paused_for - {reason}:
            self.paused_for -= {reason}
            return
        canceled_meanwhile = self.is_paused and self.status is not SubscriptionStatus.PAUSED
        event = SubscriptionEvent.TRIAL_RESUMED if self._was_trial else SubscriptionEvent.RESUMED
        if canceled_meanwhile or self.apply(event, now):
            # During a pause, the check runs every few hours; the remaining time may be shorter than that.
            self.paused_for, self.next_reminder_at, self.next_check_at = frozenset(), None, None
            if reason != PROVIDER and self.owed_since is not None:
                # A charge that failed earlier is still owed, with its grace days.
                self.apply(SubscriptionEvent.PAYMENT_FAILED, now)
            self.events.record(SubscriptionResumed(self.id, self.customer_id, shown_reason, now))

    def switch(self, change: PlanChange, price_ref: str | None, terms: ServicePlan | None = None) -> None:
        """Apply a change of plan or price. The provider's announcement of the next charge is deleted, because it may
        have been of the earlier price. `terms`: plan whose billing period applies from now on; None keeps the period.
        """
        if terms is not None:
            self.buy_period(terms)
        is_moved, self.billed_plan_id = change.to_plan_id != self.plan_id, None
        self.plan_id, self.price, self.price_ref = change.to_plan_id, change.new_price, price_ref
        self.next_reminder_at = None
        self.learn(None)
        if self.next_plan_id == self.plan_id:
            self.next_plan_id, self.next_plan_at, self.next_price = None, None, None
        if is_moved:
            self.events.record(PlanSwitched(self.id, self.customer_id, change.id))

    def expect(self, plan_id: PlanId, at: datetime, price: Money, now: datetime) -> None:
        """Plan a switch at the renewal at the given price, even if the plan's price changes before. Repeated calls do
        not notify the customer again.
        """
        if plan_id != self.next_plan_id or self.next_price is None:
            self.next_price = price
        if (plan_id, at) != (self.next_plan_id, self.next_plan_at):
            self.next_plan_id, self.next_plan_at, self.next_reminder_at = plan_id, at, None
            self.events.record(PlanSwitchPlanned(self.id, self.customer_id, plan_id, now))

    def use_first(self, change: PlanChange, price_ref: str | None, terms: ServicePlan | None, billed: PlanId) -> None:
        """Record that the provider charges a cheaper plan, to which the subscription switches once the time of its own
        plan is used. `change`: change of the price. See `switch`.
        """
        agreed = self.next_plan_id
        self.switch(change, price_ref, terms)
        self.billed_plan_id, self.next_plan_id, self.next_price = billed, billed, change.new_price
        self.next_plan_at = self.access_until
        if agreed != billed:
            self.events.record(PlanSwitchPlanned(self.id, self.customer_id, billed, change.changed_at))

    def stay(self, now: datetime, *, announce: bool = True) -> None:
        """Cancel the planned switch to another plan. `announce`: False if another message informs the customer."""
        if self.next_plan_id is None or self.next_plan_id == self.billed_plan_id:
            return
        self.next_plan_id, self.next_plan_at, self.next_price, self.next_reminder_at = None, None, None, None
        if announce:
            self.events.record(PlanSwitchDropped(self.id, self.customer_id, now))

    def end(self, reason: str, now: datetime) -> None:
        """End the subscription and its access."""
        if SUBSCRIPTION_TRANSITIONS.allows(self.status, SubscriptionEvent.ENDED):
            self.end_reason, self.paused_for, self.withheld_since = reason, frozenset(), None
            self.apply(SubscriptionEvent.ENDED, now)
