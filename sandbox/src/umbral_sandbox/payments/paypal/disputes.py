"""The dispute calls of the API: what a seller may see and do."""

from pydantic import JsonValue

from umbral_sandbox.payments.paypal import disputing
from umbral_sandbox.payments.paypal.account import Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.errors import unprocessable
from umbral_sandbox.payments.paypal.records import Dispute, JsonObject
from umbral_sandbox.payments.paypal.shapes import disputes as shapes
from umbral_sandbox.payments.paypal.shapes.common import link


def list_disputes(account: Account, ask: Ask) -> Reply:
    """``GET /v1/customer/disputes``, newest first."""
    transaction, state = ask.query.get("disputed_transaction_id"), ask.query.get("dispute_state")
    size = min(int(text), 50) if (text := ask.query.get("page_size", "10")).isdecimal() else 10
    items: list[JsonValue] = []
    for each in sorted(account.disputes.values(), key=lambda each: -each.seq):
        shape = shapes.listed(account, each)
        if transaction in {None, each.payment} and (state is None or shape["dispute_state"] in state.split(",")):
            items.append(shape)
    return Reply(200, {"items": items[:size], "links": [link(f"{account.api}/v1/customer/disputes", "self")]})


def read_dispute(account: Account, ask: Ask) -> Reply:
    """``GET /v1/customer/disputes/{id}``."""
    return Reply(200, shapes.dispute(account, found(account.disputes, ask.id)))


def accept_claim(account: Account, ask: Ask) -> Reply:
    """``POST /v1/customer/disputes/{id}/accept-claim``: pay back and be done."""
    case, wanted = _open(account, ask.id), ask.given.tree("refund_amount")
    amount = wanted.amount() if "value" in wanted else None
    if amount is not None and not 0 < amount <= case.amount:
        raise unprocessable("INVALID_REFUND_AMOUNT", "The refund amount is invalid.", "/refund_amount")
    disputing.accept(account, case, amount)
    return _done(account, case)


def provide_evidence(account: Account, ask: Ask) -> Reply:
    """``POST /v1/customer/disputes/{id}/provide-evidence``: the provider looks into it."""
    case = _open(account, ask.id)
    case.status = "UNDER_REVIEW"
    disputing.update(account, case)
    return _done(account, case)


def send_message(account: Account, ask: Ask) -> Reply:
    """``POST /v1/customer/disputes/{id}/send-message``: only while it is a question."""
    case = _open(account, ask.id)
    if case.stage != "INQUIRY":
        raise unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", "Messages are for inquiries alone.")
    case.status = "WAITING_FOR_BUYER_RESPONSE"
    disputing.say(account, case, "SELLER", ask.given.text("message") or "")
    return _done(account, case)


def escalate(account: Account, ask: Ask) -> Reply:
    """``POST /v1/customer/disputes/{id}/escalate``: have the provider decide."""
    case = _open(account, ask.id)
    if case.stage != "INQUIRY":
        raise unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", "The dispute is escalated already.")
    disputing.say(account, case, "SELLER", ask.given.text("note") or "")
    disputing.escalate(account, case)
    return _done(account, case)


def adjudicate(account: Account, ask: Ask) -> Reply:
    """``POST /v1/customer/disputes/{id}/adjudicate``: the provider's own sandbox lets one decide."""
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
