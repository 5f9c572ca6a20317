"""What the payer does on an approve page: of a subscription, of a change of one, or of an order."""

from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from umbral_sandbox.payments.paypal import ordering, subscribing
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.phases import phase, price
from umbral_sandbox.payments.paypal.records import CheckoutOrder, Context, Outcome, Revision, Subscription

Approval = Subscription | Revision | CheckoutOrder
Standing = Literal["open", "paid", "expired"]


class CannotPay(Exception):
    """The page is no longer open."""


def approval_of(account: Account, key: str) -> Approval | None:
    """What a page asks for, by the token in its address or by the object's own id."""
    named = account.subscriptions.get(key) or account.revisions.get(key) or account.orders.get(key)
    return named or next((each for each in account.subscriptions.values() if each.approval == key), None)


def token_of(approval: Approval) -> str:
    """The token in the page's address."""
    return approval.approval if isinstance(approval, Subscription) else approval.id


def standing(account: Account, approval: Approval) -> Standing:
    """Whether the payer can still agree."""
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
    """What is to be paid today, and its currency; a change costs nothing today."""
    match approval:
        case CheckoutOrder():
            return approval.unit.amount, approval.unit.currency
        case Revision():
            return 0, approval.terms.currency
        case Subscription():
            return first_payment(account, approval), approval.terms.currency


def first_payment(account: Account, subscription: Subscription) -> int:
    """What the first bill takes: nothing but the set-up fee where it begins later or with a free trial."""
    begun = phase(subscription)
    later = subscription.start > account.now() and subscription.start > subscription.created
    cycle = 0 if begun is None or later else price(subscription, begun[1])
    return cycle + subscription.terms.setup_fee


def pay(account: Account, approval: Approval, amount: int | None = None) -> None:
    """Agree. ``amount`` in the smallest unit takes another sum at first than was asked for."""
    check_open(account, approval)
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
    """The payer's card is refused; the page stays open for another try."""
    _outcome(account, approval, "declined")


def abandon(account: Account, approval: Approval) -> None:
    """The payer goes back to the shop; the page stays open until its time is up."""
    _outcome(account, approval, "abandoned")


def let_expire(account: Account, approval: Approval) -> None:
    """The page's time is up, now. Nobody is told; an order is gone with it."""
    check_open(account, approval)
    approval.approval_ends = account.now()
    _keep(account, approval)


def check_open(account: Account, approval: Approval) -> None:
    """CannotPay unless the payer can still agree."""
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
    """Where the payer is sent afterwards."""
    return _with(approval.context.return_url, approval, paid=True)


def cancel_address(approval: Approval) -> str | None:
    """Where the way back leads."""
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
