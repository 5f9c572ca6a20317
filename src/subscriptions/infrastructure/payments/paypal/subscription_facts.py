"""A subscription as PayPal describes it, in both shapes: new (`status`, `billing_info`), old (`state`,
`agreement_details`).
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.infrastructure.payments.paypal.amounts import read_amount
from subscriptions.infrastructure.payments.paypal.periods import LONGEST, NO_PERIOD, Period, Rhythm, period_at
from subscriptions.infrastructure.payments.paypal.reader import Node, written
from subscriptions.infrastructure.payments.paypal.references import reference

log = logging.getLogger(__name__)

STATUS: Final = {
    "APPROVAL_PENDING": ProviderStatus.INCOMPLETE,
    "APPROVED": ProviderStatus.INCOMPLETE,
    "PENDING": ProviderStatus.INCOMPLETE,
    "ACTIVE": ProviderStatus.ACTIVE,
    "REACTIVATED": ProviderStatus.ACTIVE,
    "SUSPENDED": ProviderStatus.PAUSED,
    "CANCELLED": ProviderStatus.ENDED,
    "CANCELED": ProviderStatus.ENDED,
    "EXPIRED": ProviderStatus.ENDED,
}

_NOTE: Final = "cancel_at_period_end"
_OURS = re.compile(rf"{_NOTE}(?:=(?P<end>\S{{1,40}}))?\Z")
_TRIAL_MARGIN = timedelta(hours=12)


def cancel_note(ends_at: datetime | None) -> str:
    """The reason we suspend with: by it our own suspension is known again, and when the paid time ends."""
    return f"{_NOTE}={written(ends_at)}" if ends_at is not None else _NOTE


def ends_by_us(subscription: Node) -> tuple[bool, datetime | None]:
    """Whether it is suspended because we let it end, and when it is to end."""
    found = _OURS.match(subscription.text("status_change_note") or "")
    if found is None or raw_status(subscription) != "SUSPENDED":
        return False, None
    return True, Node(found["end"]).moment()


def raw_status(subscription: Node) -> str:
    """PayPal's word, in capitals; old resources write `Active`."""
    return (subscription.text("status") or subscription.text("state") or "").upper()


def next_billing(subscription: Node) -> datetime | None:
    """When PayPal charges next, as far as it tells: not where it is suspended or over."""
    told = subscription.moment("billing_info", "next_billing_time")
    return told or subscription.moment("agreement_details", "next_billing_date")


def failed_payments(subscription: Node) -> int:
    """How many charges in a row were refused."""
    told = subscription.number("billing_info", "failed_payments_count")
    return told or subscription.number("agreement_details", "failed_payment_count") or 0


def owes(subscription: Node) -> bool:
    """A charge was refused and is not made good: PayPal goes on calling such a one ACTIVE."""
    open_sum = read_amount(subscription.at("billing_info", "outstanding_balance"))
    return failed_payments(subscription) > 0 or (open_sum is not None and open_sum.minor > 0)


def provider_status(subscription: Node, now: datetime) -> ProviderStatus:
    """Our word for PayPal's; UNKNOWN, and a warning in the log, for one the table does not have."""
    raw = raw_status(subscription)
    status = STATUS.get(raw)
    if status is None:
        log.warning("paypal: subscription status %r is not known; it grants nothing new", raw)
        return ProviderStatus.UNKNOWN
    if status is ProviderStatus.PAUSED and ends_by_us(subscription)[0]:
        status = ProviderStatus.ACTIVE
    if status is ProviderStatus.ACTIVE and in_trial(subscription, now):
        return ProviderStatus.TRIALING
    # Suspended after too many refused charges: the grace days were promised and run out by our own clock.
    running = status in {ProviderStatus.ACTIVE, ProviderStatus.PAUSED}
    return ProviderStatus.PAST_DUE if running and owes(subscription) else status


def in_trial(subscription: Node, now: datetime) -> bool:
    """Billing begins later, by a start time of ours or by a trial in a plan that was made by hand."""
    starts = subscription.moment("start_time")
    trials = [each for each in subscription.items("billing_info", "cycle_executions") if _is_trial(each)]
    if any((each.number("cycles_remaining") or 0) > 0 for each in trials):
        return True
    made = subscription.moment("create_time")
    later = starts is not None and made is not None and starts - made > _TRIAL_MARGIN
    return later and starts is not None and starts > now and not subscription.at("billing_info", "last_payment").value


def rhythm(subscription: Node) -> Rhythm | None:
    """How often the regular price is charged, where the plan came with the subscription."""
    cycle = regular_cycle(subscription.at("plan"))
    unit, count = cycle.text("frequency", "interval_unit"), cycle.number("frequency", "interval_count") or 1
    started = subscription.moment("start_time")
    if unit is None or unit.lower() not in set(Interval) or not 1 <= count <= LONGEST[Interval(unit.lower())]:
        return None
    return Rhythm(Interval(unit.lower()), count, started.day if started is not None else None)


def regular_cycle(plan: Node) -> Node:
    """The billing cycle that goes on for good."""
    found = (each for each in plan.items("billing_cycles") if not _is_trial(each))
    return next(found, Node(None))


def fixed_price(plan: Node) -> Money | None:
    """What the plan asks each period."""
    return read_amount(regular_cycle(plan).at("pricing_scheme", "fixed_price"))


def paid_period(subscription: Node, paid_at: datetime, earlier: Sequence[datetime]) -> tuple[Period, bool]:
    """The period a charge paid for, unknown where neither plan nor start is told; and whether it is a later one than
    the first. earlier: when the charges before it were made.
    """
    every = rhythm(subscription)
    anchor = next_billing(subscription) or subscription.moment("start_time")
    if every is None or anchor is None:
        return NO_PERIOD, bool(earlier)
    first = period_at(min([*earlier, paid_at]), anchor, every)[0]
    own = period_at(paid_at, anchor, every)[0]
    place = 0
    while every.step(first, place) < own:
        place += 1
    # A charge may be made long before its period; it never pays for one that was paid for already.
    place = max(place, len(earlier))
    return (every.step(first, place), every.step(first, place + 1)), place > 0


def present_period(subscription: Node, now: datetime) -> Period:
    """The period that runs, up to the next charge."""
    ours, ends_at = ends_by_us(subscription)
    end = next_billing(subscription) or (ends_at if ours else None)
    every = rhythm(subscription)
    if end is None:
        return NO_PERIOD
    if in_trial(subscription, now):
        return subscription.moment("create_time") or subscription.moment("start_time"), end
    return every.step(end, -1) if every is not None else None, end


def snapshot(subscription: Node, fetched_at: datetime) -> SubscriptionSnapshot:
    """The state as fetched; the caller has seen that there is an id."""
    ours, ends_at = ends_by_us(subscription)
    start, end = present_period(subscription, fetched_at)
    order_id, telegram_id = reference(subscription.text("custom_id"))
    return SubscriptionSnapshot(
        ref=subscription.text("id") or "",
        status=provider_status(subscription, fetched_at),
        raw_status=raw_status(subscription),
        current_period_start=start,
        current_period_end=end,
        cancel_at_period_end=ours,
        cancel_at=(ends_at or end) if ours else None,
        customer_ref=subscription.text("subscriber", "payer_id"),
        price_ref=subscription.text("plan_id"),
        price=fixed_price(subscription.at("plan")),
        order_id=order_id,
        telegram_id=telegram_id,
        fetched_at=fetched_at,
    )


def _is_trial(cycle: Node) -> bool:
    return cycle.text("tenure_type") == "TRIAL"
