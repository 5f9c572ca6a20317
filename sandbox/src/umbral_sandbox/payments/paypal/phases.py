"""Phases of a subscription's plan: the current phase, its price, and the next billing time."""

from decimal import ROUND_HALF_UP, Decimal

from umbral_sandbox.payments.paypal.records import Cycle, Subscription
from umbral_sandbox.payments.paypal.times import after


def done_in(subscription: Subscription, index: int) -> int:
    """Return the number of cycles of this phase that have started."""
    return subscription.done[index] if index < len(subscription.done) else 0


def phase(subscription: Subscription) -> tuple[int, Cycle] | None:
    """Return the phase that is billed next, or None if all phases are over."""
    for index, cycle in enumerate(subscription.terms.cycles):
        if cycle.total == 0 or done_in(subscription, index) < cycle.total:
            return index, cycle
    return None


def price(subscription: Subscription, cycle: Cycle) -> int:
    """Return the price of one cycle, including tax."""
    net = cycle.price * subscription.quantity
    terms = subscription.terms
    if terms.tax is None or terms.tax_included:
        return net
    tax = Decimal(net) * Decimal(terms.tax) / 100
    return net + int(tax.quantize(Decimal(1), ROUND_HALF_UP))


def move_on(subscription: Subscription) -> None:
    """Count one cycle as started, and set the next billing time, or the end after the last cycle."""
    now_in = phase(subscription)
    if now_in is None:
        return
    index, cycle = now_in
    subscription.done = [done_in(subscription, each) for each in range(len(subscription.terms.cycles))]
    subscription.done[index] += 1
    upto = after(subscription.anchor, cycle, subscription.done[index])
    if cycle.total and subscription.done[index] >= cycle.total:
        # The months of the next phase are counted from the end of this one.
        subscription.anchor = upto
    if phase(subscription) is None:
        subscription.next_billing, subscription.ends_at = None, upto
    else:
        subscription.next_billing = upto


def last_billing(subscription: Subscription) -> int | None:
    """Return the time of the last charge of a plan; None if the plan has no end, or no charge is left."""
    moment = subscription.next_billing
    if moment is None or subscription.terms.cycles[-1].total == 0:
        return None
    for index, cycle in enumerate(subscription.terms.cycles):
        left = cycle.total - done_in(subscription, index)
        last = index == len(subscription.terms.cycles) - 1
        if left > 0:
            moment = after(moment, cycle, left - 1 if last else left)
    return moment


def period_end(subscription: Subscription) -> int:
    """Return the end of the paid time, as far as the end is known."""
    return subscription.next_billing or subscription.ends_at or subscription.start
