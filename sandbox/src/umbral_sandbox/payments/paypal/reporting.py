"""PayPal's Transaction Search: list of all money movements of the account, some hours late, including those without
webhooks.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.errors import Detail, PayPalError, invalid
from umbral_sandbox.payments.paypal.records import JsonObject, Payment, Refund
from umbral_sandbox.payments.paypal.shapes.common import link, money
from umbral_sandbox.payments.paypal.times import DAY, read

QUERY: Final = ("start_date", "end_date", "fields", "page", "page_size", "transaction_type")
_RANGE_S: Final = 31 * DAY
_MOST: Final = 10_000
_LARGEST_PAGE: Final = 500
_SUBSCRIPTION, _CHECKOUT, _REVERSAL, _REFUND = "T0002", "T0006", "T1106", "T1107"


def list_transactions(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/reporting/transactions``: return transactions, oldest first, without those newer than
    ``reports_after_s``.
    """
    if account.settings.transaction_search == "off":
        raise PayPalError("NOT_AUTHORIZED")
    query = ask.query
    since, until = _time(query, "start_date"), _time(query, "end_date")
    refreshed = account.now() - account.settings.reports_after_s
    if not 0 <= until - since <= _RANGE_S:
        raise PayPalError("INVALID_REQUEST", message="Date range is greater than 31 days")
    if since > refreshed:
        raise PayPalError("INVALID_REQUEST", message="Data for the given start date is not available.")
    wanted = query.get("transaction_type")
    moved: list[Payment | Refund] = [*account.payments.values(), *account.refunds.values()]
    lines = [
        _line(account, each)
        for each in sorted(moved, key=lambda each: each.seq)
        if since <= each.created <= min(until, refreshed) and wanted in {None, _code(each)} and _moved(each)
    ]
    if len(lines) > _MOST:
        text = "Result set size is greater than the maximum limit. Change the filter criteria and try again."
        raise PayPalError("RESULTSET_TOO_LARGE", message=text)
    return Reply(200, _page(account, ask, lines, since, until, refreshed))


def _page(account: Account, ask: Ask, lines: list[JsonObject], since: int, until: int, refreshed: int) -> JsonObject:
    size, page = _whole(ask.query, "page_size", 100, _LARGEST_PAGE), _whole(ask.query, "page", 1, 2**31 - 1)
    pages = -(-len(lines) // size)
    here = f"{account.api}/v1/reporting/transactions"
    return {
        "transaction_details": [{"transaction_info": each} for each in lines[(page - 1) * size : page * size]],
        "account_number": "SANDBOXSELLER",
        "start_date": _written(since),
        "end_date": _written(min(until, refreshed)),
        "last_refreshed_datetime": _written(refreshed),
        "page": page,
        "total_items": len(lines),
        "total_pages": pages,
        "links": [link(here, "self")],
    }


def _line(account: Account, each: Payment | Refund) -> JsonObject:
    payment = each if isinstance(each, Payment) else account.payments.get(each.payment)
    amount = each.amount if isinstance(each, Payment) else -each.amount
    info: JsonObject = {
        "paypal_account_id": "SANDBOXBUYER",
        "transaction_id": each.id,
        "transaction_event_code": _code(each),
        "transaction_initiation_date": _written(each.created),
        "transaction_updated_date": _written(each.updated),
        "transaction_amount": money(amount, each.currency),
        "transaction_status": "V" if isinstance(each, Payment) and each.reversed else "S",
    }
    if isinstance(each, Refund):
        info |= {"paypal_reference_id": each.payment, "paypal_reference_id_type": "TXN"}
    elif each.subscription is not None:
        info |= {"paypal_reference_id": each.subscription, "paypal_reference_id_type": "SUB"}
    custom = payment.custom if payment is not None else None
    return info | ({"custom_field": custom} if custom is not None else {})


def _code(each: Payment | Refund) -> str:
    if isinstance(each, Refund):
        return _REVERSAL if each.reversed else _REFUND
    return _SUBSCRIPTION if each.subscription is not None else _CHECKOUT


def _moved(each: Payment | Refund) -> bool:
    return isinstance(each, Refund) or each.state == "completed"


def _time(query: Mapping[str, str], name: str) -> int:
    try:
        return read(query[name])
    except (KeyError, ValueError):
        raise invalid("INVALID_PARAMETER_SYNTAX", "The value of a field does not conform.", name, "query") from None


def _whole(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        problem = Detail("INVALID_INTEGER_MIN_VALUE", "The value of a field is out of its range.", name, text, "query")
        raise PayPalError("INVALID_REQUEST", [problem])
    return int(text)


def _written(moment: int) -> str:
    """Format a time as in the report: ``2014-07-11T04:03:52+0000``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
