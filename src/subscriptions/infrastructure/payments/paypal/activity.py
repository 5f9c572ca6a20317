"""Activity of the PayPal account, independent of webhooks: disputes, and transactions, which are listed up to three
hours late.

If the PayPal app lacks the feature for disputes or for transactions, only the events of the other feature are listed.
Sources: developer.paypal.com, "Transaction Search" (windows of 31 days, pages of 500, at most 10,000 per query),
"Transaction event codes" and "List disputes".
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog

from subscriptions.domain.ports.payment_facts import TAKEN_BACK
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.amounts import read_amount, without_sign
from subscriptions.infrastructure.payments.paypal.disputes import DISPUTES, summarize
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, NotPermitted, Refusal
from subscriptions.infrastructure.payments.paypal.events import evidence
from subscriptions.infrastructure.payments.paypal.periods import format_time
from subscriptions.infrastructure.payments.paypal.references import is_id, is_subscription, link, with_reference
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.pages import Onward
from subscriptions.infrastructure.providers.reader import Node

log = structlog.get_logger(__name__)

DELAY: Final = timedelta(hours=3)
"""Maximum delay after which a transaction is listed."""
_SEARCH: Final = "/v1/reporting/transactions"
_WINDOW: Final = timedelta(days=31)
_SHORTEST: Final = timedelta(seconds=2)
_PAGE: Final = 500
_PAGES: Final = 20
_TOO_MANY: Final = "RESULTSET_TOO_LARGE"
_NOT_THERE_YET: Final = "INVALID_REQUEST"
"""Name of the error, without details, with which PayPal refuses a time window whose transactions
cannot be listed yet.
"""
_PAYMENTS: Final = "T00"
_REFUND: Final = "T1107"
_REVERSALS: Final = frozenset(["T1106", "T1201"])
_CAME: Final = frozenset(["S", "V"])
"""Statuses of received money. `V` means that the money was returned later."""
_OPEN_STATUSES: Final = frozenset(["S", "P"])


async def list_activity(wire: Wire, now: datetime, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
    """Return events for the payments, refunds, reversals and disputes from `start` up to `end`, excluding `end`. Raises
    GatewayError if PayPal refuses a request or gives no usable answer.
    """
    payment_events = list[PaymentEvent | None]()
    # Times in the future are not queried, because it is not documented whether PayPal refuses such a query.
    end = min(end, now)
    while start < end:
        window_end = min(start + _WINDOW, end)
        payment_events += [_event(line) for line in await _transactions(wire, now, start, window_end)]
        payment_events += [_dispute(case) for case in await _disputes(wire, start, window_end)]
        start = window_end
    return [each for each in payment_events if each is not None]


async def lacking_features(wire: Wire, now: datetime) -> Sequence[str]:
    """Return the features that the PayPal app may not use, by their names in PayPal's dashboard. Raises GatewayError
    for any failure other than a missing permission.
    """
    features = []
    for name, question in (
        (
            "Transaction Search",
            {"start_date": format_time(now - _WINDOW), "end_date": format_time(now), "page_size": "1"},
        ),
        ("Disputes", {"page_size": "1"}),
    ):
        try:
            await wire.get(_SEARCH if "start_date" in question else DISPUTES, question)
        except NotPermitted:
            features.append(name)
    return features


async def _transactions(wire: Wire, now: datetime, start: datetime, end: datetime) -> Sequence[Node]:
    try:
        return await _lines(wire, start, end)
    except NotPermitted:
        return ()
    except Refusal as refusal:
        if refusal.code == _NOT_THERE_YET and start > now - DELAY:
            return ()
        if refusal.code != _TOO_MANY or end - start < _SHORTEST:
            raise
    middle = start + (end - start) / 2
    earlier = await _transactions(wire, now, start, middle)
    return [*earlier, *await _transactions(wire, now, middle, end)]


async def _lines(wire: Wire, start: datetime, end: datetime) -> Sequence[Node]:
    """Return the transactions of one time window, whose start is rounded down to a full second."""
    query = {"start_date": format_time(start), "end_date": format_time(end), "page_size": str(_PAGE)}
    lines = list[Node]()
    for number in range(1, _PAGES + 1):
        page = await wire.get(_SEARCH, {**query, "page": str(number)})
        lines += [each.at("transaction_info") for each in page.items("transaction_details")]
        if number >= (page.count("total_pages") or 0):
            break
    return lines


async def _disputes(wire: Wire, start: datetime, end: datetime) -> Sequence[Node]:
    """Return the summaries of the disputes that changed in a time window."""
    query = {"update_time_after": format_time(start), "update_time_before": format_time(end), "page_size": "50"}
    onward, cases = Onward(PROVIDER), list[Node]()
    try:
        while query:
            page = await wire.get(DISPUTES, query)
            cases += page.items("items")
            query = dict(parse_qsl(urlsplit(onward(link(page, "next")) or "").query))
    except NotPermitted:
        return ()
    return cases


def _event(line: Node) -> PaymentEvent | None:
    """Return the event that the webhook of a transaction would send, or None for a transaction without effect on our
    orders.
    """
    at, key = line.moment("transaction_initiation_date"), line.text("transaction_id")
    code, ours = line.text("transaction_event_code") or "", line.text("custom_field")
    if key is None or not is_id(key) or at is None:
        log.warning("listed transaction not understood", provider=PROVIDER, code=code)
        return None
    base = with_reference(_base(f"listed:{key}", at), ours)
    if ours is not None and base.order_id is None:
        return None
    base = replace(base, payment_key=key, evidence=evidence(transaction=key, code=code))
    if code.startswith(_PAYMENTS):
        return _payment(base, line)
    return _reversal(base, line, code) if code in {_REFUND, *_REVERSALS} else None


def _payment(base: PaymentEvent, line: Node) -> PaymentEvent | None:
    """Return the event of a payment for one of our orders; its details are fetched later. Return None if no money was
    received.

    A transaction without our reference may belong to another app of the account, so the result is None. Payments of our
    subscriptions are found by fetching the subscription.
    """
    ref, amount = line.text("paypal_reference_id") or "", read_amount(line.at("transaction_amount"))
    came = line.text("transaction_status") in _CAME and amount is not None and amount.minor > 0
    if not came or base.order_id is None:
        return None
    base = replace(base, kind=PaymentEventKind.PAYMENT_COMPLETED, amount=amount, raw_type="PAYMENT.CAPTURE.COMPLETED")
    if line.text("paypal_reference_id_type") != "SUB" or not is_subscription(ref):
        return base
    return replace(base, raw_type="PAYMENT.SALE.COMPLETED", subscription_ref=ref, checkout_ref=ref)


def _reversal(base: PaymentEvent, line: Node, code: str) -> PaymentEvent | None:
    """Return the event of the refund or reversal of the payment that a transaction names; None if the transaction names
    no payment or did not succeed.
    """
    payment_ref, amount = line.text("paypal_reference_id"), without_sign(read_amount(line.at("transaction_amount")))
    is_named = payment_ref is not None and is_id(payment_ref) and line.text("paypal_reference_id_type") == "TXN"
    if line.text("transaction_status") not in _OPEN_STATUSES or amount is None or not is_named:
        return None
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        about_payment=payment_ref,
        amount_refunded=amount,
        reason=TAKEN_BACK if code in _REVERSALS else None,
    )


def _dispute(case: Node) -> PaymentEvent | None:
    """Return the event of a dispute's last change; None if the dispute's id or time is unreadable. The list lacks the
    outcome and the payment, which are fetched later.
    """
    at, key = case.moment("update_time") or case.moment("create_time"), case.text("dispute_id")
    if key is None or not is_id(key) or at is None:
        log.warning("listed dispute not understood", provider=PROVIDER)
        return None
    event = summarize(_base("", at), case)
    decided_at = format_time(at) if event.kind is PaymentEventKind.DISPUTE_CLOSED else None
    return replace(event, event_key=":".join(filter(None, ["listed", key, event.kind, event.reason, decided_at])))


def _base(key: str, at: datetime) -> PaymentEvent:
    kind = PaymentEventKind.IGNORED
    return PaymentEvent(kind=kind, provider=PROVIDER, event_key=key, raw_type="transaction", occurred_at=at)
