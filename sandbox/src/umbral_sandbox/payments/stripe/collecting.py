"""Collection of payments: payment intents and charges, invoices and their payment, and the retries after a decline."""

import hashlib
from typing import Final

from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.events import emit, noticed
from umbral_sandbox.payments.stripe.records import (
    Charge,
    Customer,
    Intent,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    JsonObject,
    Pairs,
    Subscription,
)
from umbral_sandbox.payments.stripe.shapes import billing as billing_shapes
from umbral_sandbox.payments.stripe.shapes import money as shapes

_DAY: Final = 24 * 60 * 60
#: Days between attempts; after the last one fails, the subscription is canceled.
RETRY_DAYS: Final = (3, 5, 7)


def take(account: Account, intent: Intent, succeeds: bool) -> Intent:
    """Charge a payment intent once and send the events. succeeds: False if the card is declined."""
    customer = account.customers.get(intent.customer) if intent.customer else None
    charge = Charge(
        **account.stamp("ch"),
        amount=intent.amount,
        currency=intent.currency,
        customer=intent.customer,
        payment_intent=intent.id,
        succeeded=succeeds,
        failure_code=None if succeeds else "card_declined",
        failure_message=None if succeeds else "Your card has insufficient funds.",
        description=intent.description,
        email=customer.email if customer else None,
        invoice=intent.invoice,
        card=_fingerprint(customer, intent),
        metadata=intent.metadata,
    )
    account.charges.put(charge.id, charge)
    intent.latest_charge = charge.id
    intent.status = "succeeded" if succeeds else "requires_payment_method"
    account.intents.put(intent.id, intent)
    emit(account, "charge.succeeded" if succeeds else "charge.failed", shapes.charge(charge))
    emit(
        account,
        "payment_intent.succeeded" if succeeds else "payment_intent.payment_failed",
        shapes.intent(intent),
    )
    return intent


def _fingerprint(customer: Customer | None, intent: Intent) -> str:
    """Return the fingerprint of a customer's card, which is unique unless the customer's metadata name a shared card as
    `card`.
    """
    number = (customer.metadata.get("card") or customer.id) if customer else intent.id
    return hashlib.sha256(number.encode()).hexdigest()[:16]


def wait_for_bank(account: Account, intent: Intent) -> None:
    """Leave the decision about an intent to the payer's bank, as with a SEPA debit
    (https://docs.stripe.com/payments/paymentintents/lifecycle).
    """
    intent.status = "processing"
    account.intents.put(intent.id, intent)
    emit(account, "payment_intent.processing", shapes.intent(intent))


def submit(account: Account, invoice: Invoice, hours: int | None = None) -> None:
    """Submit the charge of an open invoice to the payer's bank, which decides later. hours: time after which the bank
    pays; None if it waits for a decision.
    """
    payment = account.payment_of(invoice.id) or _first_payment(account, invoice)
    intent = account.intents.get(payment.payment_intent)
    if intent is None:
        raise LookupError(payment.payment_intent)
    invoice.attempts, invoice.next_attempt = invoice.attempts + 1, None
    account.invoices.put(invoice.id, invoice)
    intent.decided_at = account.now() + hours * 60 * 60 if hours is not None else None
    wait_for_bank(account, intent)


def _ask(account: Account, intent: Intent) -> None:
    intent.status = "requires_action"
    account.intents.put(intent.id, intent)
    emit(account, "payment_intent.requires_action", shapes.intent(intent))


def new_intent(
    account: Account,
    amount: int,
    currency: str,
    customer: str | None,
    description: str | None = None,
    metadata: Pairs | None = None,
    reference: str | None = None,
    invoice: str | None = None,
) -> Intent:
    """Create a payment intent without a charge."""
    intent = Intent(
        **account.stamp("pi"),
        amount=amount,
        currency=currency,
        customer=customer,
        status="requires_payment_method",
        description=description,
        metadata=metadata or {},
        reference=reference,
        invoice=invoice,
    )
    return account.intents.put(intent.id, intent)


def bill(
    account: Account,
    subscription: Subscription,
    reason: str,
    lines: list[InvoiceLine],
    header: tuple[int, int],
    taken_off: tuple[str | None, int] = (None, 0),
) -> Invoice:
    """Create a finalized invoice for a subscription; the payer's balance is applied to the amount that is due.

    header: the invoice's own period, which is not the paid period. taken_off: the invoice's coupon, and the discount.
    """
    customer = account.customers.get(subscription.customer)
    balance = customer.balance if customer is not None else 0
    due, left = apply_balance(sum(line.amount for line in lines) - taken_off[1], balance)
    mine = sum(each.customer == subscription.customer for each in account.invoices.values())
    invoice = Invoice(
        **account.stamp("in"),
        customer=subscription.customer,
        subscription=subscription.id,
        currency=subscription.currency,
        amount=due,
        starting_balance=balance,
        ending_balance=left,
        discount=taken_off[1],
        coupon=taken_off[0],
        lines=lines,
        billing_reason=reason,
        number=f"{subscription.customer[-8:].upper()}-{mine + 1:04d}",
        header_start=header[0],
        header_end=header[1],
        finalized_at=account.now(),
        metadata=dict(subscription.metadata),
    )
    account.invoices.put(invoice.id, invoice)
    if customer is not None and left != balance:
        customer.balance = left
        account.customers.put(customer.id, customer)
    subscription.latest_invoice = invoice.id
    account.subscriptions.put(subscription.id, subscription)
    emit(account, "invoice.created", _shape(account, invoice))
    emit(account, "invoice.finalized", _shape(account, invoice))
    return invoice


def apply_balance(total: int, balance: int) -> tuple[int, int]:
    """Return the amount due of a total, and the remaining balance. A credit is subtracted from the total; a debt is
    added.
    """
    due = max(total + balance, 0)
    return due, total + balance - due


def collect(account: Account, invoice: Invoice, succeeds: bool, asked: bool = False) -> bool:
    """Attempt to collect an open invoice; an invoice of zero is paid without a charge. Return True if the invoice is
    now paid.

    asked: True if the payer's bank requires the payer's confirmation, so that nothing is charged.
    """
    if invoice.amount > 0:
        payment = account.payment_of(invoice.id) or _first_payment(account, invoice)
        intent = account.intents.get(payment.payment_intent)
        if intent is None:
            raise LookupError(payment.payment_intent)
        invoice.attempts += 1
        if asked:
            _ask(account, intent)
        else:
            take(account, intent, succeeds)
        if succeeds:
            payment.status, payment.paid_at = "paid", account.now()
            account.invoice_payments.put(payment.id, payment)
    if not succeeds and invoice.amount > 0:
        _plan_retry(account, invoice)
        if asked:
            emit(account, "invoice.payment_action_required", _shape(account, invoice))
        return False
    invoice.status, invoice.paid_at, invoice.next_attempt = "paid", account.now(), None
    invoice.amount_paid = invoice.amount
    account.invoices.put(invoice.id, invoice)
    emit(account, "invoice.paid", _shape(account, invoice))
    emit(account, "invoice.payment_succeeded", _shape(account, invoice))
    return True


def _plan_retry(account: Account, invoice: Invoice) -> None:
    made = invoice.attempts
    invoice.next_attempt = account.now() + RETRY_DAYS[made - 1] * _DAY if made <= len(RETRY_DAYS) else None
    account.invoices.put(invoice.id, invoice)
    emit(account, "invoice.payment_failed", _shape(account, invoice))


def stop_collecting(account: Account, subscription: str) -> None:
    """Stop the automatic collection of open invoices of a subscription that ended. subscription: its id."""
    for invoice in account.invoices.values():
        if invoice.subscription == subscription and invoice.status == "open":
            invoice.next_attempt = None
            account.invoices.put(invoice.id, invoice)


def update_invoice(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/invoices/{id}``: change the automatic collection of an invoice, and its metadata."""
    invoice, given = found(account.invoices, ask.id, "invoice"), ask.given
    wanted = given.flag("auto_advance")
    if wanted is not None and invoice.status != "open":
        raise StripeError(f"auto_advance can't be changed on a {invoice.status} invoice.", param="auto_advance")
    with noticed(account, "invoice.updated", lambda: _shape(account, invoice)):
        invoice.auto_advance = invoice.auto_advance if wanted is None else wanted
        invoice.own_metadata = given.pairs(invoice.own_metadata)
        account.invoices.put(invoice.id, invoice)
    return _shape(account, invoice)


def write_off(account: Account, invoice: Invoice, behavior: str) -> None:
    """Close an invoice without payment. behavior: `void` to void the invoice; any other value to mark it
    uncollectible.
    """
    if behavior == "void":
        invoice.status, invoice.voided_at = "void", account.now()
    else:
        invoice.status, invoice.uncollectible_at = "uncollectible", account.now()
    account.invoices.put(invoice.id, invoice)
    if behavior == "void":
        emit(account, "invoice.voided", _shape(account, invoice))


def _first_payment(account: Account, invoice: Invoice) -> InvoicePayment:
    reason = "Subscription creation" if invoice.billing_reason == "subscription_create" else "Subscription update"
    intent = new_intent(
        account,
        invoice.amount,
        invoice.currency,
        invoice.customer,
        description=reason,
        reference=account.subscription_of(invoice).reference,
        invoice=invoice.id,
    )
    payment = InvoicePayment(
        **account.stamp("inpay"),
        invoice=invoice.id,
        payment_intent=intent.id,
        amount=invoice.amount,
        currency=invoice.currency,
    )
    return account.invoice_payments.put(payment.id, payment)


def _shape(account: Account, invoice: Invoice) -> JsonObject:
    return billing_shapes.invoice(account, invoice)
