"""Lifecycle of a subscription: start, renewal, failure, recovery, pause and end."""

from typing import Final

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.stripe import schedules
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.collecting import bill, collect, stop_collecting, submit, write_off
from umbral_sandbox.payments.stripe.events import emit, noticed
from umbral_sandbox.payments.stripe.periods import period_after
from umbral_sandbox.payments.stripe.records import Invoice, InvoiceLine, Item, JsonObject, Session, Subscription
from umbral_sandbox.payments.stripe.shapes import billing as shapes

_DAY: Final = 24 * 60 * 60
LIVE: Final = frozenset({"active", "past_due", "trialing"})


def shape(account: Account, subscription: Subscription) -> JsonObject:
    """Return the subscription's current state in the API's wire format."""
    return shapes.subscription(account, subscription)


def begin(
    account: Account, session: Session, customer: str, amount: int | None = None, *, is_late: bool = False
) -> Subscription:
    """Create the subscription of a paid checkout session, with its first invoice.

    amount: overrides the charged amount
    is_late: True if the payer's bank decides about the charge later; the invoice stays open until then
    """
    now = account.now()
    trial_end = session.trial_end or (now + session.trial_days * _DAY if session.trial_days else None)
    items = [
        Item(id=account.ids.new("si"), created=now, price=line.price, quantity=line.quantity) for line in session.lines
    ]
    anchor = trial_end or now
    subscription = Subscription(
        **account.stamp("sub"),
        customer=customer,
        currency=session.currency,
        status="trialing" if trial_end else "active",
        items=items,
        anchor=anchor,
        period_start=now,
        period_end=trial_end or period_after(now, now, account.price(items[0].price)),
        trial_start=now if trial_end else None,
        trial_end=trial_end,
        description=session.purchase_description,
        metadata=session.purchase_metadata,
        reference=session.client_reference_id,
        automatic_tax=session.automatic_tax,
        coupon=session.coupon if _lasts(account, session.coupon) else None,
    )
    account.subscriptions.put(subscription.id, subscription)
    lines = lines_of(account, subscription, trial=trial_end is not None)
    if amount is not None and not trial_end:
        lines[0].amount += amount + session.discount - sum(line.amount for line in lines)
    taken_off = (session.coupon, session.discount)
    invoice = bill(account, subscription, "subscription_create", lines, (now, now), taken_off)
    emit(account, "customer.subscription.created", shape(account, subscription))
    if is_late and invoice.amount:
        submit(account, invoice)
    else:
        collect(account, invoice, succeeds=True)
    return subscription


def decide(account: Account, invoice: Invoice, *, is_paid: bool) -> None:
    """Pay or refuse an open invoice, as the payer's bank decided."""
    subscription = account.subscription_of(invoice)
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        invoice.attempts -= 1
        collect(account, invoice, succeeds=is_paid)
        _stand(account, subscription)


def renew(account: Account, subscription: Subscription) -> None:
    """Bill the next period. As at the provider, the period advances even if the charge fails."""
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        schedules.turn(account, subscription)
        header = (subscription.period_start, subscription.period_end)
        # Even if charged early (by hand), the next period starts at the end of the current one.
        subscription.period_start = subscription.period_end
        price = account.price(subscription.items[0].price)
        subscription.period_end = period_after(subscription.period_start, subscription.anchor, price)
        if subscription.status == "trialing":
            subscription.status = "active"
        lines = [*subscription.prorations, *lines_of(account, subscription)]
        subscription.prorations = []
        _bill_period(account, subscription, "subscription_cycle", lines, header)


def retry(account: Account, invoice: Invoice) -> None:
    """Retry an open invoice, even while collection is paused: a pause applies to later invoices only
    (https://docs.stripe.com/billing/subscriptions/pause-payment). After the last failure the subscription ends.
    """
    subscription = account.subscription_of(invoice)
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        paid = _try(account, subscription, invoice)
    if not paid and invoice.next_attempt is None and subscription.status == "past_due":
        end(account, subscription, "payment_failed")


def bank_decides(account: Account, subscription: Subscription, *, is_paid: bool) -> bool:
    """Decide about the charge that is at the payer's bank. Return False if there is none."""
    waiting = [each for each in account.invoices.values() if each.subscription == subscription.id]
    invoice = next((each for each in waiting if each.status == "open" and at_bank(account, each)), None)
    if invoice is not None:
        decide(account, invoice, is_paid=is_paid)
    return invoice is not None


def settle(account: Account, invoice: Invoice) -> None:
    """Pay an open invoice on its own page, by any payment method. The payment also counts as the confirmation to the
    payer's bank.
    """
    subscription = account.subscription_of(invoice)
    if invoice.status != "open" or subscription.status == "canceled":
        raise CannotPay("the invoice is not open")
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        collect(account, invoice, succeeds=True)
        _stand(account, subscription)


def put_right(account: Account, subscription: Subscription) -> None:
    """Make the payer's charges succeed again. Open invoices are collected at their next attempt."""
    subscription.failing = subscription.confirming = False
    account.subscriptions.put(subscription.id, subscription)


def end(account: Account, subscription: Subscription, reason: str) -> None:
    """Cancel the subscription permanently and immediately."""
    now = account.now()
    subscription.status, subscription.ended_at = "canceled", now
    subscription.canceled_at = subscription.canceled_at or now
    subscription.cancel_reason = subscription.cancel_reason or reason
    subscription.pause_collection = None
    account.subscriptions.put(subscription.id, subscription)
    schedules.cancel_with(account, subscription)
    stop_collecting(account, subscription.id)
    emit(account, "customer.subscription.deleted", shape(account, subscription))


def pause(account: Account, subscription: Subscription) -> None:
    """Pause billing until the subscription is resumed."""
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        subscription.status = "paused"
        account.subscriptions.put(subscription.id, subscription)
    emit(account, "customer.subscription.paused", shape(account, subscription))


def resume(account: Account, subscription: Subscription, from_now: bool) -> None:
    """Resume a subscription, in the old period while that lasts, else (or with ``from_now``) in a new,
    billed period.
    """
    now = account.now()
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        subscription.status = "active"
        if from_now or subscription.period_end <= now:
            start_over(account, subscription)
        account.subscriptions.put(subscription.id, subscription)
    emit(account, "customer.subscription.resumed", shape(account, subscription))


def start_over(account: Account, subscription: Subscription, reason: str = "subscription_update") -> None:
    """Start a new billing period now, and bill it with pending prorations. reason: billing reason of the invoice."""
    now, header = account.now(), (subscription.period_start, subscription.period_end)
    subscription.anchor = subscription.period_start = now
    price = account.price(subscription.items[0].price)
    subscription.period_end = period_after(now, now, price)
    lines, subscription.prorations = [*subscription.prorations, *lines_of(account, subscription)], []
    _bill_period(account, subscription, reason, lines, header)


def undo_cancel(account: Account, subscription: Subscription) -> None:
    """Undo a planned cancellation."""
    subscription.cancel_at_period_end, subscription.cancel_at = False, None
    subscription.canceled_at, subscription.cancel_reason = None, None
    subscription.cancel_comment, subscription.cancel_feedback = None, None
    account.subscriptions.put(subscription.id, subscription)


def plan_cancel(account: Account, subscription: Subscription, at: int, period_end: bool) -> None:
    """Plan a cancellation, at the end of the period or at a given time."""
    subscription.cancel_at_period_end, subscription.cancel_at = period_end, at
    subscription.canceled_at = account.now()
    subscription.cancel_reason = "cancellation_requested"
    account.subscriptions.put(subscription.id, subscription)


def warn_of_trial_end(account: Account, subscription: Subscription) -> None:
    """Send the event about the end of a trial, three days before the end, or immediately if the trial is shorter."""
    subscription.trial_warned = True
    account.subscriptions.put(subscription.id, subscription)
    emit(account, "customer.subscription.trial_will_end", shape(account, subscription))


def _bill_period(
    account: Account, subscription: Subscription, reason: str, lines: list[InvoiceLine], header: tuple[int, int]
) -> None:
    """Bill a period with the subscription's coupon applied, and collect the invoice."""
    taken = taken_off(account, subscription.coupon, lines)
    if not _lasts(account, subscription.coupon):
        subscription.coupon = None
    invoice = bill(account, subscription, reason, lines, header, taken)
    _collect_for(account, subscription, invoice)


def taken_off(account: Account, key: str | None, lines: list[InvoiceLine]) -> tuple[str | None, int]:
    """Return the id of the coupon, and its discount on these lines in minor units; None and 0 without a coupon."""
    coupon = account.coupons.get(key) if key is not None else None
    if coupon is None:
        return None, 0
    return coupon.id, min(coupon.amount_off, max(sum(line.amount for line in lines), 0))


def _lasts(account: Account, key: str | None) -> bool:
    coupon = account.coupons.get(key) if key is not None else None
    return coupon is not None and coupon.duration == "forever"


def _collect_for(account: Account, subscription: Subscription, invoice: Invoice) -> None:
    if subscription.pause_collection is not None:
        write_off(account, invoice, str(subscription.pause_collection.get("behavior")))
        return
    _try(account, subscription, invoice)


def _try(account: Account, subscription: Subscription, invoice: Invoice) -> bool:
    if subscription.late and invoice.amount:
        submit(account, invoice, subscription.late_hours)
        _stand(account, subscription)
        return False
    asked = subscription.confirming and not subscription.failing
    paid = collect(account, invoice, succeeds=not subscription.failing and not asked, asked=asked)
    _stand(account, subscription)
    return paid


def _stand(account: Account, subscription: Subscription) -> None:
    """Set the status of a live subscription: past due if it has an open invoice, else active."""
    if subscription.status in LIVE:
        still_open = any(
            each.subscription == subscription.id
            and each.status == "open"
            and each.attempts
            and not at_bank(account, each)
            for each in account.invoices.values()
        )
        subscription.status = "past_due" if still_open else "active"
    account.subscriptions.put(subscription.id, subscription)


def at_bank(account: Account, invoice: Invoice) -> bool:
    """Return True if the payer's bank has not decided about the charge of an invoice."""
    payment = account.payment_of(invoice.id)
    intent = account.intents.get(payment.payment_intent) if payment is not None else None
    return intent is not None and intent.status == "processing"


def lines_of(account: Account, subscription: Subscription, trial: bool = False) -> list[InvoiceLine]:
    """Return the invoice lines of the subscription's current period. trial: True if the period is free."""
    return [_line(account, subscription, item, trial) for item in subscription.items]


def _line(account: Account, subscription: Subscription, item: Item, trial: bool) -> InvoiceLine:
    price = account.price(item.price)
    name = account.product(price.product).name
    each = f"{price.unit_amount / 100:.2f} {price.currency.upper()} / {price.interval}"
    return InvoiceLine(
        id=account.ids.new("il"),
        description=f"Trial period for {name}" if trial else f"{item.quantity} × {name} (at {each})",
        amount=0 if trial else price.unit_amount * item.quantity,
        price=item.price,
        item=item.id,
        quantity=item.quantity,
        start=subscription.period_start,
        end=subscription.period_end,
    )
