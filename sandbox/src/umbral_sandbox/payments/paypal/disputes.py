"""Handlers of the PayPal API's operations on disputes."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from pydantic import JsonValue

from umbral_sandbox.payments.paypal import disputing
from umbral_sandbox.payments.paypal.account import Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.errors import PayPalError, invalid, unprocessable
from umbral_sandbox.payments.paypal.records import Dispute, JsonObject
from umbral_sandbox.payments.paypal.shapes import disputes as shapes
from umbral_sandbox.payments.paypal.shapes.common import link
from umbral_sandbox.payments.paypal.times import read, written

QUERY: Final = (
    "create_time_after",
    "create_time_before",
    "dispute_state",
    "disputed_transaction_id",
    "next_page_token",
    "page_size",
    "start_time",
    "update_time_after",
    "update_time_before",
)
_LATEST: Final = 1 << 40
_FILE: Final = 10 * 1024 * 1024
_ALL_FILES: Final = 50 * 1024 * 1024
_ENDINGS: Final = (".gif", ".jpeg", ".jpg", ".pdf", ".png")
"""File types that the provider accepts (developer.paypal.com, supported file types and sizes)."""


def list_disputes(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/customer/disputes``: return disputes, newest first and in short form, in pages that link to the
    next page.
    """
    _permitted(account)
    query = ask.query
    if {"disputed_transaction_id", "start_time"} <= query.keys():
        raise invalid("MULTIPLE_FILTERS", "Either start_time or disputed_transaction_id.", "start_time", "query")
    size, skipped = min(_whole(query, "page_size", 10), 50), _whole(query, "next_page_token", 0)
    items = [
        shapes.listed(account, each)
        for each in sorted(account.disputes.values(), key=lambda each: -each.seq)
        if _wanted(account, each, query)
    ]
    here = f"{account.api}/v1/customer/disputes"
    links: list[JsonValue] = [link(here, "self")]
    if len(items) > skipped + size:
        links.append(link(f"{here}?{urlencode({**query, 'next_page_token': skipped + size})}", "next"))
    return Reply(200, {"items": [*items[skipped : skipped + size]], "links": links})


def _wanted(account: Account, case: Dispute, query: Mapping[str, str]) -> bool:
    state, transaction = query.get("dispute_state"), query.get("disputed_transaction_id")
    after = max(_time(query, "start_time", 0), _time(query, "create_time_after", 0))
    return (
        transaction in {None, case.payment}
        and (state is None or shapes.listed(account, case)["dispute_state"] in state.split(","))
        and after <= case.created <= _time(query, "create_time_before", _LATEST)
        and _time(query, "update_time_after", 0) <= case.updated <= _time(query, "update_time_before", _LATEST)
    )


def _time(query: Mapping[str, str], name: str, otherwise: int) -> int:
    try:
        return read(query[name]) if name in query else otherwise
    except ValueError:
        raise invalid("INVALID_PARAMETER_SYNTAX", "The value of a field does not conform.", name, "query") from None


def _whole(query: Mapping[str, str], name: str, usual: int) -> int:
    return int(text) if (text := query.get(name, "")).isdecimal() else usual


def _permitted(account: Account) -> None:
    if account.settings.disputes == "off":
        raise PayPalError("NOT_AUTHORIZED")


def read_dispute(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/customer/disputes/{id}``."""
    _permitted(account)
    return Reply(200, shapes.dispute(account, found(account.disputes, ask.id)))


def accept_claim(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/customer/disputes/{id}/accept-claim``: refund and close the dispute."""
    case, wanted = _open(account, ask.id), ask.given.tree("refund_amount")
    amount = wanted.amount() if "value" in wanted else None
    if amount is not None and not 0 < amount <= case.amount:
        raise unprocessable("INVALID_REFUND_AMOUNT", "The refund amount is invalid.", "/refund_amount")
    disputing.accept(account, case, amount)
    return _done(account, case)


def provide_evidence(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/customer/disputes/{id}/provide-evidence``: submit evidence, which the provider reviews.

    Every named document must be attached.
    """
    case = _open(account, ask.id)
    if case.status != "WAITING_FOR_SELLER_RESPONSE":
        text = "Evidence is not asked for at this stage."
        raise unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", text)
    _check_files(ask)
    given = ask.given.values.get("evidences")
    evidences = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    named = {str(document["name"]) for each in evidences for document in _documents(each)}
    if not named <= {each.name for each in ask.files}:
        raise unprocessable("MISSING_DOCUMENT", "A document that is named was not sent.", "/evidences")
    stamp: JsonObject = {"source": "SUBMITTED_BY_SELLER", "date": written(account.now())}
    case.evidences = [*case.evidences, *({**each, **stamp} for each in evidences)]
    case.status = "UNDER_REVIEW"
    disputing.update(account, case)
    return _done(account, case)


def _check_files(ask: Ask) -> None:
    if sum(each.size for each in ask.files) > _ALL_FILES:
        raise invalid("INVALID_FILE_SIZE", "Files can have 50 MB together.", "/")
    for each in ask.files:
        if each.size >= _FILE:
            raise invalid("INVALID_FILE_SIZE", "A file must have less than 10 MB.", "/")
        if not each.name.lower().endswith(_ENDINGS):
            raise invalid("INVALID_FILE_TYPE", f"A file is one of {', '.join(_ENDINGS)}.", "/")


def _documents(evidence: JsonObject) -> list[JsonObject]:
    documents = evidence.get("documents")
    return [each for each in documents if isinstance(each, dict)] if isinstance(documents, list) else []


def send_message(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/customer/disputes/{id}/send-message``: send a message; only while the dispute is an inquiry."""
    case = _open(account, ask.id)
    if case.stage != "INQUIRY":
        raise unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", "Messages are for inquiries alone.")
    case.status = "WAITING_FOR_BUYER_RESPONSE"
    disputing.say(account, case, "SELLER", ask.given.text("message") or "")
    return _done(account, case)


def escalate(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/customer/disputes/{id}/escalate``: escalate an inquiry, so that PayPal decides it."""
    case = _open(account, ask.id)
    if case.stage != "INQUIRY":
        raise unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", "The dispute is escalated already.")
    disputing.say(account, case, "SELLER", ask.given.text("note") or "")
    disputing.escalate(account, case)
    return _done(account, case)


def adjudicate(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/customer/disputes/{id}/adjudicate``: decide the dispute, which the provider's own sandbox
    permits.
    """
    case = _open(account, ask.id)
    disputing.decide(account, case, won=ask.given.text("adjudication_outcome") == "SELLER_FAVOR")
    return _done(account, case)


def _open(account: Account, key: str) -> Dispute:
    case = found(account.disputes, key)
    if case.status == "RESOLVED":
        text = "The action is not allowed in the current dispute state."
        raise unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", text)
    return case


def _done(account: Account, case: Dispute) -> Reply:
    body: JsonObject = {"links": [link(f"{account.api}/v1/customer/disputes/{case.id}", "self")]}
    return Reply(200, body)
