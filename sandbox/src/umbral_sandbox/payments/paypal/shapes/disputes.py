"""Wire format of PayPal disputes."""

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.records import Dispute, JsonObject
from umbral_sandbox.payments.paypal.shapes.common import link, money
from umbral_sandbox.payments.paypal.times import written


def dispute(account: Account, record: Dispute) -> JsonObject:
    """Return the case with all its members."""
    shape = listed(account, record)
    links = shape.pop("links")
    shape |= {
        "disputed_transactions": [_transaction(account, record)],
        "dispute_channel": "INTERNAL" if record.stage == "INQUIRY" else "EXTERNAL",
        "messages": [dict(each) for each in record.messages],
    }
    if record.evidences:
        shape["evidences"] = [dict(each) for each in record.evidences]
    if record.status != "RESOLVED":
        shape["seller_response_due_date"] = written(record.due_by)
    if record.outcome is not None:
        outcome: JsonObject = {"outcome_code": record.outcome}
        if record.returned:
            outcome["amount_refunded"] = money(record.returned, record.currency)
        shape["dispute_outcome"] = outcome
    return shape | {"links": links}


def listed(account: Account, record: Dispute) -> JsonObject:
    """Return the case in the short form of the list."""
    return {
        "dispute_id": record.id,
        "create_time": written(record.created),
        "update_time": written(record.updated),
        "reason": record.reason,
        "status": record.status,
        "dispute_state": _state(record),
        "dispute_amount": money(record.amount, record.currency),
        "dispute_life_cycle_stage": record.stage,
        "links": _links(account, record),
    }


def _transaction(account: Account, record: Dispute) -> JsonObject:
    payment = account.payments.get(record.payment)
    shape: JsonObject = {"seller_transaction_id": record.payment}
    if payment is None:
        return shape
    shape |= {
        "create_time": written(payment.created),
        "transaction_status": "COMPLETED",
        "gross_amount": money(payment.amount, payment.currency),
        "buyer": {"name": "Ana Buyer"},
        "seller": {"email": "seller@example.com", "merchant_id": "SANDBOXSELLER", "name": account.seller},
    }
    for name, value in (("invoice_number", payment.invoice), ("custom", payment.custom)):
        if value is not None:
            shape[name] = value
    return shape


def _state(record: Dispute) -> str:
    if record.status == "RESOLVED":
        return "RESOLVED"
    if record.status == "UNDER_REVIEW":
        return "UNDER_PAYPAL_REVIEW"
    return "OPEN_INQUIRIES" if record.stage == "INQUIRY" else "REQUIRED_ACTION"


def _links(account: Account, record: Dispute) -> list[JsonValue]:
    here = f"{account.api}/v1/customer/disputes/{record.id}"
    links: list[JsonValue] = [link(here, "self")]
    if record.status == "RESOLVED":
        return links
    names = ["accept-claim"]
    names += ["provide-evidence"] if record.status == "WAITING_FOR_SELLER_RESPONSE" else []
    names += ["send-message", "escalate"] if record.stage == "INQUIRY" else []
    return [*links, *(link(f"{here}/{name}", name.replace("-", "_"), "POST") for name in names)]
