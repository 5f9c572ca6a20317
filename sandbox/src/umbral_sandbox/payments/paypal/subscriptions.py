"""Handlers of the PayPal API's operations on subscriptions."""

import re
from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.chassis.books import in_order
from umbral_sandbox.payments.paypal import charging, subscribing
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.ask import Ask, Given, Reply
from umbral_sandbox.payments.paypal.catalog import paged
from umbral_sandbox.payments.paypal.errors import invalid, missing, unprocessable
from umbral_sandbox.payments.paypal.records import Context, JsonObject, Plan, Revision, Subscription, Terms
from umbral_sandbox.payments.paypal.shapes import billing as shapes
from umbral_sandbox.payments.paypal.shapes import money as money_shapes
from umbral_sandbox.payments.paypal.shapes.common import link
from umbral_sandbox.payments.paypal.terms import changed
from umbral_sandbox.payments.paypal.times import HOUR, read

#: Time that the payer has to approve.
APPROVAL_S: Final = 3 * HOUR
QUERY: Final = ("plan_ids", "statuses", "created_after", "created_before", "page_size", "page")
_STATUSES: Final = re.compile(r"[A-Z_,]{1,70}")


def create_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/subscriptions``."""
    given, now = ask.given, account.now()
    plan = _plan(account, given.text("plan_id") or "")
    terms, own = _terms(plan, given)
    start = read(text) if (text := given.text("start_time")) else now
    if start < now - 60:
        raise unprocessable("INVALID_START_TIME", "The start time must be in the future.", "/start_time")
    subscription = Subscription(
        **account.stamp("subscription"),
        plan=plan.id,
        terms=terms,
        overridden=own,
        quantity=_quantity(plan, given, 1),
        custom=given.text("custom_id"),
        status_at=now,
        start=start,
        subscriber=given.tree("subscriber").values,
        context=context_of(given.tree("application_context"), "SUBSCRIBE_NOW"),
        approval=account.ids.new("agreement"),
        approval_ends=now + APPROVAL_S,
    )
    account.subscriptions.put(subscription.id, subscription)
    charging.tell(account, subscription, "CREATED", "Subscription created")
    return Reply(201, show_made(account, replace(ask, id=subscription.id)).body)


def show_made(account: Account, ask: Ask) -> Reply:
    """Return the current state of the created subscription, in full if the request prefers the full form."""
    subscription = account.subscription(ask.id)
    return Reply(200, (shapes.subscription if ask.whole else shapes.made)(account, subscription))


def read_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/billing/subscriptions/{id}``."""
    fields = ask.query.get("fields", "").split(",")
    subscription = account.subscription(ask.id)
    return Reply(200, shapes.subscription(account, subscription, with_plan="plan" in fields))


def list_subscriptions(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/billing/subscriptions``: return subscriptions, newest first, without their plans."""
    query = ask.query
    states, plans = query.get("statuses"), query.get("plan_ids")
    if states is not None and not _STATUSES.fullmatch(states):
        raise invalid("INVALID_PARAMETER_SYNTAX", "The value of a field does not conform.", "statuses", "query")
    begins, ends = (_moment(ask, name) if name in query else None for name in ("created_after", "created_before"))
    listed = [
        each
        for each in account.subscriptions.values()
        if (states is None or each.status in states.split(","))
        and (plans is None or each.plan in plans.split(","))
        and (begins is None or each.created >= begins)
        and (ends is None or each.created <= ends)
    ]

    def draw(each: Subscription) -> JsonObject:
        return shapes.subscription(account, each)

    newest = in_order(listed)[::-1]
    return Reply(200, paged(account, ask, newest, "subscriptions", "/v1/billing/subscriptions", draw))


def change_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``PATCH /v1/billing/subscriptions/{id}``: change the seller's reference."""
    subscription = account.subscription(ask.id)
    if subscription.status in {"CANCELLED", "EXPIRED"}:
        raise unprocessable("SUBSCRIPTION_STATUS_INVALID", "Invalid subscription status for patch action.")
    for change in ask.items:
        path, text = change.text("path") or "", change.text("value")
        if path != "/custom_id" or change.text("op") not in {"add", "replace"}:
            raise unprocessable("INVALID_PATCH_PATH", "The specified field cannot be patched.", path)
        if text is None or not 1 <= len(text) <= 127:
            raise invalid("INVALID_STRING_LENGTH", "The value of a field is either too short or too long.", path)
        subscription.custom = text
    account.keep(account.subscriptions, subscription)
    charging.tell(account, subscription, "UPDATED", "Subscription updated.")
    return Reply(204)


def cancel_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/subscriptions/{id}/cancel``: cancel immediately; a later date is not possible."""
    subscribing.cancel(account, account.subscription(ask.id), ask.given.text("reason") or "")
    return Reply(204)


def suspend_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/subscriptions/{id}/suspend``."""
    subscribing.suspend(account, account.subscription(ask.id), ask.given.text("reason") or "")
    return Reply(204)


def activate_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/subscriptions/{id}/activate``."""
    subscribing.activate(account, account.subscription(ask.id), ask.given.text("reason"))
    return Reply(204)


def capture_outstanding(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/subscriptions/{id}/capture``: collect the outstanding amount."""
    subscription, amount = account.subscription(ask.id), ask.given.tree("amount")
    if amount.text("currency_code") != subscription.terms.currency:
        raise unprocessable("CURRENCY_MISMATCH", "The currency code is different from the subscription's.")
    sum_asked, open_sum = amount.amount(), subscription.balance + subscription.owed
    if not 0 < sum_asked <= open_sum:
        raise unprocessable("AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE", "The amount is more than is outstanding.")
    if subscription.failing:
        raise unprocessable("USER_ACCOUNT_CLOSED", "The payment was declined.")
    subscription.balance, subscription.owed, subscription.retry_at = open_sum - sum_asked, 0, None
    charging.sell(account, subscription, sum_asked)
    return Reply(202)


def list_transactions(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/billing/subscriptions/{id}/transactions``: return the transactions between two times."""
    subscription = account.subscription(ask.id)
    begins, ends = _moment(ask, "start_time"), _moment(ask, "end_time")
    mine = sorted(account.payments.values(), key=lambda each: -each.seq)
    shown: list[JsonValue] = [
        money_shapes.transaction(each)
        for each in mine
        if each.subscription == subscription.id and begins <= each.created <= ends
    ]
    here = f"{account.api}/v1/billing/subscriptions/{subscription.id}/transactions"
    here += f"?start_time={ask.query['start_time']}&end_time={ask.query['end_time']}"
    return Reply(200, {"transactions": shown, "links": [link(here, "self")]})


def revise_subscription(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/subscriptions/{id}/revise``: change the plan once the payer approves."""
    subscription, given = account.subscription(ask.id), ask.given
    if subscription.status not in {"ACTIVE", "SUSPENDED"}:
        text = "Invalid subscription status for revise action; subscription status should be active or suspended."
        raise unprocessable("SUBSCRIPTION_STATUS_INVALID", text)
    plan = _plan(account, given.text("plan_id") or subscription.plan)
    if plan.product != account.plan(subscription.plan).product:
        raise unprocessable("PRODUCT_MISMATCH", "The plan belongs to another product.", "/plan_id")
    if plan.terms.currency != subscription.terms.currency:
        raise unprocessable("CURRENCY_MISMATCH", "The plan is in another currency.", "/plan_id")
    terms, own = _terms(plan, given)
    revision = Revision(
        **account.stamp("agreement"),
        subscription=subscription.id,
        plan=plan.id,
        terms=terms,
        overridden=own,
        quantity=_quantity(plan, given, subscription.quantity),
        context=context_of(given.tree("application_context"), "SUBSCRIBE_NOW"),
        approval_ends=account.now() + APPROVAL_S,
    )
    account.revisions.put(revision.id, revision)
    return Reply(200, _revised(account, subscription, revision))


def _revised(account: Account, subscription: Subscription, revision: Revision) -> JsonObject:
    approve = link(shapes.approve_address(account, revision.id), "approve")
    rest = [each for each in shapes.links(account, subscription) if isinstance(each, dict)]
    links: list[JsonValue] = [approve, *rest]
    return {
        "plan_id": revision.plan,
        "plan_overridden": revision.overridden,
        "quantity": str(revision.quantity),
        "links": links,
    }


def context_of(given: Given, action: str) -> Context:
    """Read the redirect URLs, brand name and language of the approval page from a request. action: value of
    `user_action` if the request contains none.
    """
    return Context(
        return_url=given.text("return_url"),
        cancel_url=given.text("cancel_url"),
        user_action=given.text("user_action") or action,
        brand_name=given.text("brand_name"),
        locale=given.text("locale"),
    )


def _plan(account: Account, key: str) -> Plan:
    plan = account.plans.get(key)
    if plan is None:
        raise missing(key)
    if plan.status != "ACTIVE":
        raise unprocessable("PLAN_STATUS_INVALID", "Plan is not in active status.", "/plan_id")
    return plan


def _terms(plan: Plan, given: Given) -> tuple[Terms, bool]:
    if "plan" in given:
        return changed(plan.terms, given.tree("plan")), True
    return plan.terms.model_copy(deep=True), False


def _quantity(plan: Plan, given: Given, otherwise: int) -> int:
    if "quantity" in given and not plan.quantities:
        raise unprocessable("QUANTITY_NOT_SUPPORTED", "The plan does not support a quantity.", "/quantity")
    return given.number("quantity", otherwise)


def _moment(ask: Ask, name: str) -> int:
    if name not in ask.query:
        raise invalid("MISSING_REQUIRED_PARAMETER", "A required field is missing.", name, "query")
    try:
        return read(ask.query[name])
    except ValueError as error:
        text = "The value of a field does not conform to the expected format."
        raise invalid("INVALID_PARAMETER_SYNTAX", text, name, "query") from error
