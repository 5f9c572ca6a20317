"""The standing agreement of one customer to one plan."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import FOR_LIFE_YEAR, Interval, ServicePlan
from subscriptions.domain.entities.transitions import TransitionTable
from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.events import (
    BillingToStop,
    CancellationUndone,
    ChargesToFollow,
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
    """The states, as docs/glossary.md explains them; `expired` is terminal."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


class SubscriptionEvent(StrEnum):
    """What can happen to a subscription."""

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
"""At most one of these per customer and plan, held by the database."""

INTERRUPTED_STATES: Final = frozenset({SubscriptionStatus.PAUSED, SubscriptionStatus.CANCELED})
"""What may be over again, and leaves it as it was before."""

PERIOD_OVER, REFUNDED, DISPUTE_LOST, REMOVED, ERASED = "period_over", "refunded", "dispute_lost", "removed", "erased"
WITHDRAWN: Final = "withdrawn"
"""Why a subscription ended."""

PROVIDER, DISPUTE, STAFF, BAN = "provider", "dispute", "staff", "ban"
"""Why a subscription rests. ban: administrators of its chats banned its customer from all that it opens."""

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
        # What a code opened, and a trial begins to manage: nothing has been charged.
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
        # A payment of a canceled subscription is the provider's last word on a period: it counts, the end stays.
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
    """provider_ref: the provider's name of it, None for what no provider manages. access_until: cache of the ledger.

    synced_at: when the provider's state that was last applied was fetched; an older answer is never applied over it.
    paused_for: all it rests for. next_reminder_at: when to look for something to say, None = at once.
    next_check_at: when the clock next asks about an ended period, or a charge that failed; next_ask_at: how it stands.
    price_ref: the provider's price object it is charged by, as last seen. next_plan_id, next_plan_at: the plan it goes
    over to at its renewal, and when; None where it stays. next_price: what was agreed for that; None where nobody wrote
    it down. owed_since: when a renewal failed that nothing paid yet.
    pause_until: the end of a month left out. interval, interval_count: the period that was bought, whatever becomes of
    the plan; interval is None for what is paid once, interval_count where nobody wrote it down (`period`).
    canceled_from: its status before it was canceled, or rested; None once that says nothing any more. charge_moved_to:
    the end of a period whose charge was put off until what its customer has is over.
    withheld_since: since when we keep its customer out; meanwhile their time stands still.
    cancel_at: when the provider ends it, where that is later than the present period: it renews until then.
    upcoming_at, upcoming_amount, upcoming_learned_at: the provider's word about the next charge, see `upcoming`.
    billing_stopped_at: when it was decided that its provider charges no more, because what was paid went back; the
    provider may carry that out later. None once the provider charged after it.
    paused_seen_at: when its provider was last seen to have paused it without naming an end.
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
    owed_since: datetime | None = None
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
    created_at: datetime
    events: Recorder = field(default_factory=Recorder, repr=False, compare=False)

    @classmethod
    def begin(cls, order: Order, provider: str, ref: str | None, now: datetime, price: Money | None = None) -> Self:
        """The agreement that `order` leads to; not paid yet. price: what is charged there, None = the order's."""
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
        """An agreement that no order led to and no provider manages: by a token, or given by an admin."""
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
        """Whether this agreement counts: it gives access, or will again when a pause ends."""
        return self.status in LIVE

    @property
    def rests(self) -> bool:
        """Whether its customer is kept out for now. Nobody gets in by canceling what rests."""
        return self.live and (self.status is SubscriptionStatus.PAUSED or bool(self.paused_for))

    @property
    def for_life(self) -> bool:
        """Whether it was bought or given for good: there is no more of it to be had."""
        return self.access_until is not None and self.access_until.year >= FOR_LIFE_YEAR

    @property
    def withheld(self) -> bool:
        """Whether it is we who keep its customer out: for a dispute, or because staff says so. Nothing is to be charged
        then, and no time runs out."""
        return self.live and bool(self.paused_for - {PROVIDER})

    @property
    def paused_in_period(self) -> bool:
        """Return True if its provider was seen to pause it, without naming an end, in the period that runs: whatever of
        this period is not paid yet is not charged any more."""
        seen_at, start = self.paused_seen_at, self.current_period_start
        return seen_at is not None and start is not None and seen_at > start

    @property
    def renews(self) -> bool:
        """Whether the provider will charge again by itself. Texts about further charges go by it."""
        is_managed = self.provider_ref is not None and self.billing_stopped_at is None
        return is_managed and self.status in LIVE and self.status is not SubscriptionStatus.CANCELED

    @property
    def coming_plan_id(self) -> PlanId | None:
        """The plan it goes over to at its renewal. What is canceled has none; what was agreed is kept for who stays."""
        return self.next_plan_id if self.renews else None

    @property
    def upcoming(self) -> UpcomingCharge | None:
        """The provider's word about the next charge; None where the provider has not said, or said it of another
        period."""
        learned_at = self.upcoming_learned_at
        if learned_at is None:
            return None
        return UpcomingCharge(at=self.upcoming_at, amount=self.upcoming_amount, learned_at=learned_at)

    def learn(self, upcoming: UpcomingCharge | None) -> None:
        """Keep the provider's word about the next charge; None forgets an earlier one. Another date or amount is
        looked at anew for its notice."""
        known, self.upcoming_learned_at = self.upcoming, upcoming.learned_at if upcoming is not None else None
        self.upcoming_at = upcoming.at if upcoming is not None else None
        self.upcoming_amount = upcoming.amount if upcoming is not None else None
        if upcoming is not None and (known is None or (known.at, known.amount) != (upcoming.at, upcoming.amount)):
            self.next_reminder_at = None

    @property
    def next_charge(self) -> datetime | None:
        """When its provider charges next: by its own word, else by our record of the period. None where nothing is
        charged. Time that was given, or paid in advance, moves the end of access, never the charge.
        """
        if not self.renews:
            return None
        upcoming = self.upcoming
        if upcoming is not None:
            return upcoming.at
        return self.pause_until or self.current_period_end or self.access_until

    @property
    def takes_money(self) -> bool:
        """Whether the next charge takes anything: a renewal may be free, by a coupon or credit at the provider."""
        amount = self.upcoming_amount if self.upcoming is not None else None
        return self.next_charge is not None and (amount is None or amount.minor > 0)

    @property
    def undoable(self) -> bool:
        """Whether a cancellation may be taken back: its provider keeps it until the period is over, or renews it until
        a later date."""
        ending = self.status is SubscriptionStatus.CANCELED and self.cancel_at_period_end
        return (ending or (self.renews and self.cancel_at is not None)) and self.provider_ref is not None

    def period(self, plan: ServicePlan) -> tuple[Interval | None, int]:
        """Return the period it is paid by, and how many of them at once; None for what is paid once.

        plan: its own, which says so where the subscription has no period on record: it began by a code or earlier.
        """
        if self.interval_count is not None:
            return self.interval, self.interval_count
        return plan.interval if plan.recurring else None, plan.interval_count

    def buy_period(self, terms: Order | ServicePlan) -> None:
        """Keep the period of an order, or of the plan it goes over to."""
        self.interval = terms.interval if terms.recurring else None
        self.interval_count = terms.interval_count

    def apply(self, event: SubscriptionEvent, now: datetime) -> bool:
        """Take the step if the table has it; tells whether the status changed. Terminal states absorb late events."""
        if not SUBSCRIPTION_TRANSITIONS.allows(self.status, event):
            return False
        subscription_status, self.status = self.status, SUBSCRIPTION_TRANSITIONS.next_state(self.status, event)
        self.next_reminder_at = None
        self._remember(subscription_status, event)
        if self.status is not subscription_status and SubscriptionStatus.PAST_DUE in {self.status, subscription_status}:
            self.next_check_at = None
        if self.status is SubscriptionStatus.EXPIRED:
            self.ended_at = now
            if subscription_status in LIVE:
                self.events.record(SubscriptionExpired(self.id, self.customer_id, self.end_reason or PERIOD_OVER))
        return self.status is not subscription_status

    def _remember(self, status: SubscriptionStatus, event: SubscriptionEvent) -> None:
        """Keep what it was while it is canceled, or rests: a trial that nobody paid meanwhile is one afterwards."""
        if event is SubscriptionEvent.PAID or self.status not in INTERRUPTED_STATES:
            self.canceled_from = None
        elif status not in INTERRUPTED_STATES:
            self.canceled_from = status

    @property
    def _was_trial(self) -> bool:
        return self.canceled_from is SubscriptionStatus.TRIALING

    def fail_payment(self, *, final: bool, now: datetime, confirm: bool = False) -> None:
        """Access goes on through the grace days, or rests on. Told at first, and when the bank asks (`confirm`)."""
        is_failed = self.apply(SubscriptionEvent.PAYMENT_FAILED, now)
        is_late = self.status is SubscriptionStatus.PAUSED and self.pause_until is not None and self.pause_until <= now
        if (is_late and self.owed_since is None) or (
            self.status is SubscriptionStatus.PAST_DUE and (is_failed or confirm)
        ):
            self.owed_since = self.owed_since or max(now, self.current_period_start or now)  # our clock may lag
            self.events.record(PaymentFailed(self.id, self.customer_id, final, self.current_period_end or now, confirm))

    def settle_debt(self, paid_from: datetime, paid_until: datetime) -> bool:
        """The period between the two is paid; tells whether that makes good a renewal that had failed. What pays no
        period, as the difference for another plan, leaves owed what a renewal owes.
        """
        if self.owed_since is None or paid_until <= max(paid_from, self.owed_since):
            return False
        owed_at, self.owed_since = self.owed_since, None
        return paid_from <= owed_at

    def cancel(self, *, now: datetime, at_period_end: bool = True) -> None:
        """No further charge. Repeating it changes nothing and tells nobody twice."""
        if self.apply(SubscriptionEvent.CANCELED, now):
            self.cancel_at_period_end, self.canceled_at = at_period_end, now
            if self.status is SubscriptionStatus.CANCELED:
                end = self.access_until or self.current_period_end or now
                self.events.record(SubscriptionCanceled(self.id, self.customer_id, end, now))
        elif self.status is SubscriptionStatus.CANCELED and not at_period_end:
            # The provider has since ended it for good.
            self.cancel_at_period_end = False

    def stop_billing(self, now: datetime) -> None:
        """Have its provider charge no more, at once; the time that is left stays. Repeating it changes nothing."""
        if self.provider_ref is not None and self.billing_stopped_at is None:
            self.billing_stopped_at, self.next_reminder_at = now, None
        self.events.record(BillingToStop(self.id))

    def was_charged(self, at: datetime) -> None:
        """Its provider charged at a moment: where that is after billing was to stop, it goes on."""
        if self.billing_stopped_at is not None and at > self.billing_stopped_at:
            self.billing_stopped_at = None

    def undo_cancel(self, now: datetime) -> None:
        """Keep it after all, as it was: a trial that nobody paid yet is one still, and what rested goes on resting."""
        event = SubscriptionEvent.TRIAL_KEPT if self._was_trial else SubscriptionEvent.CANCEL_UNDONE
        if self.apply(event, now):
            self.cancel_at_period_end, self.canceled_at, self.cancel_reason = False, None, None
            self.billing_stopped_at = None
            if self.paused_for:
                self.apply(SubscriptionEvent.PAUSED, now)
            if self.withheld:
                self.follow_charges()
            self.events.record(CancellationUndone(self.id, self.customer_id, now))

    def pause(self, reason: str, now: datetime, *, started_at: datetime | None = None) -> None:
        """Let it rest: the customer is out until nothing keeps them out any more. Told at the first cause only. since:
        when the cause began, where that was before."""
        withheld = self.withheld
        self._rest(reason, now)
        if self.withheld and not withheld:
            self.withheld_since = started_at or now
            self.follow_charges()

    def _rest(self, reason: str, now: datetime) -> None:
        # What is canceled stays so while it rests.
        is_canceled = self.status is SubscriptionStatus.CANCELED and not self.paused_for
        if is_canceled or self.apply(SubscriptionEvent.PAUSED, now):
            self.paused_for, self.next_reminder_at = frozenset({reason}), None
            self.events.record(SubscriptionPaused(self.id, self.customer_id, reason, now))
        elif self.rests:
            self.paused_for |= {reason}

    def resume(self, reason: str, now: datetime, *, told_as: str | None = None) -> None:
        """This cause is over; it goes on once none is left: a provider that goes on does not settle a dispute.

        told_as: the cause the customer hears of, where it did not end as one expects.
        """
        withheld, withheld_since = self.withheld, self.withheld_since
        self._go_on(reason, now, told_as or reason)
        if withheld and not self.withheld:
            self.withheld_since = None
            self.follow_charges(withheld_since)

    def follow_charges(self, rest_start: datetime | None = None) -> None:
        """Have its provider charge, or wait, as its customer is let in or kept out. rest_start: when a rest that is
        over began."""
        if self.live:
            self.events.record(ChargesToFollow(self.id, rest_start))

    def _go_on(self, reason: str, now: datetime, told_as: str) -> None:
        if self.paused_for - {reason}:
            self.paused_for -= {reason}
            return
        canceled_meanwhile = self.rests and self.status is not SubscriptionStatus.PAUSED
        event = SubscriptionEvent.TRIAL_RESUMED if self._was_trial else SubscriptionEvent.RESUMED
        if canceled_meanwhile or self.apply(event, now):
            # While it rested it was looked at every few hours: what is left of its time may be less.
            self.paused_for, self.next_reminder_at, self.next_check_at = frozenset(), None, None
            if reason != PROVIDER and self.owed_since is not None:
                # A charge that failed before is owed still, and leaves its days of grace.
                self.apply(SubscriptionEvent.PAYMENT_FAILED, now)
            self.events.record(SubscriptionResumed(self.id, self.customer_id, told_as, now))

    def switch(self, change: PlanChange, price_ref: str | None, terms: ServicePlan | None = None) -> None:
        """Another plan, or another price of the same one, counts from now on. terms: the plan whose period it is paid
        by from now on; None where the period stays.
        """
        if terms is not None:
            self.buy_period(terms)
        is_moved = change.to_plan_id != self.plan_id
        self.plan_id, self.price, self.price_ref = change.to_plan_id, change.new_price, price_ref
        self.next_reminder_at = None
        if self.next_plan_id == self.plan_id:
            self.next_plan_id, self.next_plan_at, self.next_price = None, None, None
        if is_moved:
            self.events.record(PlanSwitched(self.id, self.customer_id, change.id))

    def expect(self, plan_id: PlanId, at: datetime, price: Money, now: datetime) -> None:
        """It goes over to another plan at its renewal, for a price that stands whatever the plan costs by then.
        Repeating it tells nobody twice."""
        if plan_id != self.next_plan_id or self.next_price is None:
            self.next_price = price
        if (plan_id, at) != (self.next_plan_id, self.next_plan_at):
            self.next_plan_id, self.next_plan_at, self.next_reminder_at = plan_id, at, None
            self.events.record(PlanSwitchPlanned(self.id, self.customer_id, plan_id, now))

    def stay(self, now: datetime, *, announce: bool = True) -> None:
        """It keeps its plan at the renewal after all. announce: where something else says so already."""
        if self.next_plan_id is None:
            return
        self.next_plan_id, self.next_plan_at, self.next_price, self.next_reminder_at = None, None, None, None
        if announce:
            self.events.record(PlanSwitchDropped(self.id, self.customer_id, now))

    def end(self, reason: str, now: datetime) -> None:
        """Access is over."""
        if SUBSCRIPTION_TRANSITIONS.allows(self.status, SubscriptionEvent.ENDED):
            self.end_reason, self.paused_for, self.withheld_since = reason, frozenset(), None
            self.apply(SubscriptionEvent.ENDED, now)
