"""Payer's actions on an approval page of PayPal: of a subscription, of its revision, or of an order."""

from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.paypal import ordering, subscribing
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.phases import phase, price
from umbral_sandbox.payments.paypal.records import CheckoutOrder, Context, Outcome, Revision, Subscription

Approval = Subscription | Revision | CheckoutOrder
Standing = Literal["open", "paid", "expired"]


def approval_of(account: Account, key: str) -> Approval | None:
    """Return the object of an approval page, by the token in its address or by the object's own id; None if there is
    none.
    """
    named = account.subscriptions.get(key) or account.revisions.get(key) or account.orders.get(key)
    return named or next((each for each in account.subscriptions.values() if each.approval == key), None)


def token_of(approval: Approval) -> str:
    """Return the token in the page's address."""
    return approval.approval if isinstance(approval, Subscription) else approval.id


def standing(account: Account, approval: Approval) -> Standing:
    """Return the state of an approval: `open` while the payer can still approve, else `paid` or `expired`."""
    match approval:
        case Subscription():
            waits = approval.status == "APPROVAL_PENDING"
        case Revision():
            waits = not approval.approved
        case CheckoutOrder():
            waits = approval.status in {"CREATED", "PAYER_ACTION_REQUIRED"}
    if not waits:
        return "expired" if isinstance(approval, CheckoutOrder) and approval.status == "VOIDED" else "paid"
    return "expired" if approval.approval_ends <= account.now() else "open"


def asked(account: Account, approval: Approval) -> tuple[int, str]:
    """Return the amount due today and its currency; a revision costs nothing today."""
    match approval:
        case CheckoutOrder():
            return approval.unit.amount, approval.unit.currency
        case Revision():
            return 0, approval.terms.currency
        case Subscription():
            return first_payment(account, approval), approval.terms.currency


def first_payment(account: Account, subscription: Subscription) -> int:
    """Return the amount of the first bill: only the set-up fee if the subscription starts later or with a
    free trial.
    """
    begun = phase(subscription)
    later = subscription.start > account.now() and subscription.start > subscription.created
    cycle = 0 if begun is None or later else price(subscription, begun[1])
    return cycle + subscription.terms.setup_fee


def pay(account: Account, approval: Approval, amount: int | None = None, *, is_late: bool = False) -> None:
    """Approve as the payer. amount: first amount in the smallest unit, if other than requested. is_late: True to pay by
    eCheck, about which the payer's bank decides later.
    """
    check_open(account, approval)
    if is_late and not isinstance(approval, Revision):
        approval.by_echeck = True
    match approval:
        case Subscription():
            approval.first_amount = amount
            subscribing.agree(account, approval)
        case Revision():
            approval.approved = True
            account.keep(account.revisions, approval)
            subscribing.apply(account, approval)
        case CheckoutOrder():
            approval.first_amount = amount
            ordering.approve(account, approval)


def decline(account: Account, approval: Approval) -> None:
    """Decline the payer's card; the page stays open for another attempt."""
    _outcome(account, approval, "declined")


def abandon(account: Account, approval: Approval) -> None:
    """Return to the shop as the payer; the page stays open until it expires."""
    _outcome(account, approval, "abandoned")


def let_expire(account: Account, approval: Approval) -> None:
    """Expire the approval page now, without a webhook. The order or subscription of the page can no
    longer be approved.
    """
    check_open(account, approval)
    approval.approval_ends = account.now()
    _keep(account, approval)


def check_open(account: Account, approval: Approval) -> None:
    """Raise CannotPay unless the payer can still approve."""
    stands = standing(account, approval)
    if stands != "open":
        raise CannotPay(f"the checkout is {stands}")


def _outcome(account: Account, approval: Approval, outcome: Outcome) -> None:
    check_open(account, approval)
    approval.outcome = outcome
    _keep(account, approval)


def _keep(account: Account, approval: Approval) -> None:
    match approval:
        case Subscription():
            account.keep(account.subscriptions, approval)
        case Revision():
            account.keep(account.revisions, approval)
        case CheckoutOrder():
            account.keep(account.orders, approval)


def return_address(approval: Approval) -> str | None:
    """Return the address to which the payer returns after approval; None if the seller gave none."""
    return _with(approval.context.return_url, approval, paid=True)


def cancel_address(approval: Approval) -> str | None:
    """Return the address to which the payer returns without approval; None if the seller gave none."""
    return _with(_cancel(approval.context), approval, paid=False)


def _cancel(context: Context) -> str | None:
    return context.cancel_url or context.return_url


def _with(url: str | None, approval: Approval, *, paid: bool) -> str | None:
    if url is None:
        return None
    token = token_of(approval)
    match approval:
        case CheckoutOrder():
            named = [("token", token), *([("PayerID", approval.payer)] if paid and approval.payer else [])]
        case Subscription():
            named = [("subscription_id", approval.id), ("ba_token", token), ("token", token)]
        case Revision():
            named = [("subscription_id", approval.subscription), ("ba_token", token), ("token", token)]
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *named])
    return urlunsplit(parts._replace(query=query))
