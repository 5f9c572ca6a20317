"""Previews of invoices, which change nothing."""

from collections.abc import Mapping
from typing import Final

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.collecting import apply_balance
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.periods import period_after
from umbral_sandbox.payments.stripe.records import Invoice, InvoiceLine, JsonObject, Subscription
from umbral_sandbox.payments.stripe.schedule_records import PhaseItem
from umbral_sandbox.payments.stripe.schedules import coming_coupon, coming_items
from umbral_sandbox.payments.stripe.shapes import billing as shapes
from umbral_sandbox.payments.stripe.subscribing import taken_off

#: A renewal's invoice is a draft for about an hour before it is charged.
_DRAFT_S: Final = 60 * 60


def preview_upcoming(
    account: Account, subscription: Subscription, changes: Mapping[str, PhaseItem] | None = None
) -> JsonObject:
    """Return the invoice of the next period. For a subscription that ends before that period, the call is refused
    (https://docs.stripe.com/error-codes#invoice-upcoming-none). `changes`: items to preview, by the id of the
    subscription's item that each of them replaces; None to preview the scheduled items.
    """
    if _ends_first(subscription):
        raise StripeError(
            f"No upcoming invoices for customer: {subscription.customer}", status=404, code="invoice_upcoming_none"
        )
    lines = [*subscription.prorations, *_coming_lines(account, subscription, changes)]
    header = (subscription.period_start, subscription.period_end)
    taken = taken_off(account, coming_coupon(account, subscription) if changes is None else subscription.coupon, lines)
    return preview_of(account, subscription, lines, "upcoming", header, taken) | {
        "created": subscription.period_end,
        "next_payment_attempt": subscription.period_end + _DRAFT_S,
    }


def preview_of(
    account: Account,
    subscription: Subscription,
    lines: list[InvoiceLine],
    reason: str,
    header: tuple[int, int],
    taken: tuple[str | None, int] = (None, 0),
) -> JsonObject:
    """Return a preview invoice with the payer's balance applied.

    reason: billing reason of the invoice
    header: the invoice's own period, which is not the paid period
    taken: coupon and discount, as `taken_off` returns them
    """
    customer = account.customers.get(subscription.customer)
    balance = customer.balance if customer is not None else 0
    due, left = apply_balance(sum(line.amount for line in lines) - taken[1], balance)
    preview = Invoice(
        **account.stamp("upcoming_in"),
        customer=subscription.customer,
        subscription=subscription.id,
        currency=subscription.currency,
        amount=due,
        starting_balance=balance,
        ending_balance=left,
        discount=taken[1],
        coupon=taken[0],
        lines=lines,
        billing_reason=reason,
        number="",
        header_start=header[0],
        header_end=header[1],
        finalized_at=account.now(),
        metadata=dict(subscription.metadata),
    )
    return shapes.invoice(account, preview) | {"status": "draft", "number": None, "hosted_invoice_url": None}


def _ends_first(subscription: Subscription) -> bool:
    ends = subscription.cancel_at is not None and subscription.cancel_at <= subscription.period_end
    return ends or subscription.status in {"canceled", "incomplete_expired", "paused"}


def _coming_lines(
    account: Account, subscription: Subscription, changes: Mapping[str, PhaseItem] | None
) -> list[InvoiceLine]:
    lines, items = list[InvoiceLine](), coming_items(account, subscription)
    if changes is not None:
        present = [(each.id, PhaseItem(price=each.price, quantity=each.quantity)) for each in subscription.items]
        items = [changes.get(key, item) for key, item in present]
    for index, coming in enumerate(items):
        price, item = account.price(coming.price), subscription.items[min(index, len(subscription.items) - 1)]
        start = subscription.period_end
        line = InvoiceLine(
            id=account.ids.new("il"),
            description=f"{coming.quantity} × {account.product(price.product).name}",
            amount=price.unit_amount * coming.quantity,
            price=price.id,
            item=item.id,
            quantity=coming.quantity,
            start=start,
            end=period_after(start, subscription.anchor, price),
        )
        lines.append(line)
    return lines
