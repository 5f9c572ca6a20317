"""Events of an invoice: coins arrive, are confirmed, are too few or too many, or never arrive."""

from decimal import Decimal
from typing import Final

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.cryptomus.account import Account
from umbral_sandbox.payments.cryptomus.hooks import notify
from umbral_sandbox.payments.cryptomus.rates import eight
from umbral_sandbox.payments.cryptomus.records import Arrival, Invoice, Status

_OPEN: Final[frozenset[Status]] = frozenset({"process", "check", "wrong_amount_waiting"})
_REFUNDABLE: Final[frozenset[Status]] = frozenset({"paid", "paid_over", "wrong_amount"})
_ROUNDING: Final = Decimal("0.0000001")


def pay(account: Account, invoice: Invoice, amount: Decimal | None = None) -> None:
    """Pay the invoice in coins. amount: amount in the invoice's currency; None for the whole missing amount."""
    check_open(account, invoice)
    coins = _coins(invoice, amount)
    invoice.chosen, invoice.abandoned = True, False
    invoice.sender = invoice.sender or account.ids.address(invoice.network)
    invoice.arrivals.append(Arrival(amount=eight(coins), txid=account.ids.txid(), at=account.now()))
    _become(account, invoice, "confirm_check")
    wait = account.settings.confirm_after_s
    if wait:
        invoice.settle_at = account.now() + wait
        account.keep(invoice)
    else:
        settle(account, invoice)


def _coins(invoice: Invoice, amount: Decimal | None) -> Decimal:
    whole = Decimal(invoice.payer_amount)
    missing = whole - invoice.arrived
    if amount is None:
        return missing
    coins = whole * amount / Decimal(invoice.amount)
    # Partial payments that add up to the amount in money also add up in coins, despite rounding.
    return missing if abs(coins - missing) < _ROUNDING else coins


def settle(account: Account, invoice: Invoice) -> None:
    """Confirm the payment and set the status by the amount received."""
    invoice.settle_at = None
    _become(account, invoice, _verdict(invoice))


def _verdict(invoice: Invoice) -> Status:
    whole, came = Decimal(invoice.payer_amount), invoice.arrived
    if came > whole:
        return "paid_over"
    if came >= whole * (1 - Decimal(invoice.accuracy) / 100):
        return "paid"
    return "wrong_amount_waiting" if invoice.multiple else "wrong_amount"


def expire(account: Account, invoice: Invoice) -> None:
    """Set the final status of an expired invoice: a partly paid invoice stays underpaid, any other is canceled."""
    _become(account, invoice, "wrong_amount" if invoice.arrivals else "cancel")


def fail(account: Account, invoice: Invoice, status: Status = "fail") -> None:
    """Fail the payment, at the payer (``fail``) or at the provider (``system_fail``)."""
    check_open(account, invoice)
    _become(account, invoice, status)


def abandon(account: Account, invoice: Invoice) -> None:
    """Mark the page as left by the payer; the invoice stays open until it expires."""
    check_open(account, invoice)
    invoice.abandoned = True
    account.keep(invoice)


def let_expire(account: Account, invoice: Invoice) -> None:
    """Expire an open invoice now, before its time. Raises CannotPay if the invoice is not open."""
    check_open(account, invoice)
    invoice.expires_at = account.now()
    expire(account, invoice)


def refund(account: Account, invoice: Invoice) -> None:
    """Return all received coins to their sender."""
    if invoice.status not in _REFUNDABLE:
        raise CannotPay(f"an invoice that is {invoice.status} cannot be refunded")
    _become(account, invoice, "refund_process")
    wait = account.settings.confirm_after_s
    if wait:
        invoice.settle_at = account.now() + wait
        account.keep(invoice)
    else:
        settle_refund(account, invoice)


def settle_refund(account: Account, invoice: Invoice) -> None:
    """Confirm that the coins were returned."""
    invoice.settle_at, invoice.refunded_at = None, account.now()
    _become(account, invoice, "refund_paid")


def check_open(account: Account, invoice: Invoice) -> None:
    """Raise CannotPay unless the invoice can still be paid."""
    if invoice.status in _OPEN and invoice.expires_at <= account.now():
        expire(account, invoice)
    if invoice.status not in _OPEN:
        raise CannotPay(f"the invoice is {invoice.status}")


def _become(account: Account, invoice: Invoice, status: Status) -> None:
    invoice.status = status
    account.keep(invoice)
    notify(account, invoice)
