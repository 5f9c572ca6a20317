"""Wire format of PayPal subscriptions."""

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.phases import done_in, last_billing
from umbral_sandbox.payments.paypal.records import JsonObject, Subscription, Taken
from umbral_sandbox.payments.paypal.shapes.catalog import terms
from umbral_sandbox.payments.paypal.shapes.common import BUYER, link, money, name
from umbral_sandbox.payments.paypal.times import written

_ENDED = frozenset({"CANCELLED", "EXPIRED"})


def subscription(account: Account, record: Subscription, *, with_plan: bool = False) -> JsonObject:
    """Return a subscription, with its plan if requested."""
    shape: JsonObject = {
        "id": record.id,
        "status": record.status,
        "status_update_time": written(record.status_at),
        "plan_id": record.plan,
        "plan_overridden": record.overridden,
        "start_time": written(record.start),
        "quantity": str(record.quantity),
        "shipping_amount": money(0, record.terms.currency),
        "subscriber": _subscriber(record),
        "create_time": written(record.created),
        "update_time": written(record.updated),
    }
    if record.note is not None:
        shape["status_change_note"] = record.note
    if record.custom is not None:
        shape["custom_id"] = record.custom
    if record.status not in {"APPROVAL_PENDING", "APPROVED"}:
        shape["billing_info"] = _billing(account, record)
    if with_plan:
        plan = account.plan(record.plan)
        head: JsonObject = {"product_id": plan.product, "name": plan.name}
        shape["plan"] = head | terms(record.terms)
    return shape | {"links": links(account, record)}


def made(account: Account, record: Subscription) -> JsonObject:
    """Return the short response to a creation, for a request that does not prefer the full one."""
    return {
        "id": record.id,
        "status": record.status,
        "create_time": written(record.created),
        "links": links(account, record),
    }


def approve_address(account: Account, approval: str) -> str:
    """Return the address on which the payer approves."""
    return f"{account.settings.origin}/pay/paypal/{approval}"


def links(account: Account, record: Subscription) -> list[JsonValue]:
    """Return links to the actions that are possible in the current state."""
    here = f"{account.api}/v1/billing/subscriptions/{record.id}"
    edit, self_link = link(here, "edit", "PATCH"), link(here, "self")
    cancel = link(f"{here}/cancel", "cancel", "POST")
    match record.status:
        case "APPROVAL_PENDING":
            return [link(approve_address(account, record.approval), "approve"), edit, self_link]
        case "APPROVED":
            return [link(f"{here}/activate", "activate", "POST"), edit, self_link, cancel]
        case "ACTIVE":
            suspend, capture = (link(f"{here}/{each}", each, "POST") for each in ("suspend", "capture"))
            return [cancel, edit, self_link, suspend, capture]
        case "SUSPENDED":
            return [link(f"{here}/activate", "activate", "POST"), cancel, edit, self_link]
        case _:
            return [self_link]


def _subscriber(record: Subscription) -> JsonObject:
    shape: JsonObject = {"name": name(), **record.subscriber}
    if record.payer is not None:
        shape |= {"payer_id": record.payer, "tenant": "PAYPAL"}
        shape.setdefault("email_address", BUYER["email_address"])
    return shape


def _billing(account: Account, record: Subscription) -> JsonObject:
    currency = record.terms.currency
    shape: JsonObject = {
        "outstanding_balance": money(record.balance + record.owed, currency),
        "cycle_executions": _executions(record),
    }
    if record.last_payment is not None:
        taken = record.last_payment
        shape["last_payment"] = {"amount": money(taken.amount, currency), "time": written(taken.time)}
    hidden = record.status == "SUSPENDED" and account.settings.suspended_date == "hidden"
    if record.next_billing is not None and record.status not in _ENDED and not hidden:
        shape["next_billing_time"] = written(record.next_billing)
    final = last_billing(record)
    if final is not None and record.status not in _ENDED:
        shape["final_payment_time"] = written(final)
    shape["failed_payments_count"] = record.failures
    if record.last_failed is not None and record.failures:
        shape["last_failed_payment"] = _failed(record.last_failed, currency)
    return shape


def _failed(failed: Taken, currency: str) -> JsonObject:
    shape: JsonObject = {
        "amount": money(failed.amount, currency),
        "time": written(failed.time),
        "reason_code": failed.reason,
    }
    if failed.retry is not None:
        shape["next_payment_retry_time"] = written(failed.retry)
    return shape


def _executions(record: Subscription) -> list[JsonValue]:
    executions: list[JsonValue] = []
    for index, cycle in enumerate(record.terms.cycles):
        completed = done_in(record, index)
        execution: JsonObject = {
            "tenure_type": cycle.tenure,
            "sequence": cycle.sequence,
            "cycles_completed": completed,
            "cycles_remaining": max(cycle.total - completed, 0),
            "current_pricing_scheme_version": cycle.version,
            "total_cycles": cycle.total,
        }
        executions.append(execution)
    return executions
