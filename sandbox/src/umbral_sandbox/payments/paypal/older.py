"""Wire format of subscriptions in webhooks of version 1.0, in which they are billing agreements."""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.phases import done_in, last_billing
from umbral_sandbox.payments.paypal.records import Cycle, JsonObject, Subscription, Terms
from umbral_sandbox.payments.paypal.shapes.common import BUYER, link
from umbral_sandbox.payments.paypal.times import written

RESOURCE_TYPE: Final = "Agreement"
_STATES: Final = {
    "APPROVAL_PENDING": "Pending",
    "APPROVED": "Pending",
    "ACTIVE": "Active",
    "SUSPENDED": "Suspended",
    "CANCELLED": "Cancelled",
    "EXPIRED": "Expired",
}


def agreement(account: Account, record: Subscription) -> JsonObject:
    """Return a subscription as a billing agreement, which does not contain the seller's reference."""
    here = f"{account.api}/v1/payments/billing-agreements/{record.id}"
    payer: JsonObject = {
        "email": BUYER["email_address"],
        "first_name": BUYER["given_name"],
        "last_name": BUYER["surname"],
    }
    if record.payer is not None:
        payer["payer_id"] = record.payer
    return {
        "id": record.id,
        "plan": _plan(record.terms),
        "payer": {"payment_method": "paypal", "status": "verified", "payer_info": payer},
        "agreement_details": _details(record),
        "description": account.plan(record.plan).name,
        "state": _STATES[record.status],
        "links": [link(here, "self")],
        "start_date": written(record.start),
    }


def _details(record: Subscription) -> JsonObject:
    currency, index = record.terms.currency, len(record.terms.cycles) - 1
    completed, cycle = done_in(record, index), record.terms.cycles[index]
    shape: JsonObject = {
        "outstanding_balance": {"value": to_value(record.balance + record.owed, currency)},
        "num_cycles_remaining": str(max(cycle.total - completed, 0)),
        "num_cycles_completed": str(completed),
        "failed_payment_count": str(record.failures),
    }
    if record.last_payment is not None:
        shape["last_payment_date"] = written(record.last_payment.time)
        shape["last_payment_amount"] = {"value": to_value(record.last_payment.amount, currency)}
    if record.next_billing is not None and record.status == "ACTIVE":
        shape["next_billing_date"] = written(record.next_billing)
    final = last_billing(record)
    if final is not None:
        shape["final_payment_due_date"] = written(final)
    return shape


def _plan(terms: Terms) -> JsonObject:
    definitions: list[JsonValue] = [_definition(each, terms.currency) for each in terms.cycles]
    return {
        "curr_code": terms.currency,
        "links": [],
        "payment_definitions": definitions,
        "merchant_preferences": {
            "setup_fee": {"value": to_value(terms.setup_fee, terms.currency)},
            "auto_bill_amount": "YES" if terms.auto_bill else "NO",
            "max_fail_attempts": str(terms.threshold),
        },
    }


def _definition(cycle: Cycle, currency: str) -> JsonObject:
    return {
        "type": cycle.tenure,
        "frequency": cycle.unit.capitalize(),
        "frequency_interval": str(cycle.count),
        "amount": {"value": to_value(cycle.price, currency)},
        "cycles": str(cycle.total),
        "charge_models": [],
    }
