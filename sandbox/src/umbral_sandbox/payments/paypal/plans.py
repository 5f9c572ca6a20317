"""Handlers of the PayPal API's operations on plans."""

from collections.abc import Mapping
from typing import Final, Literal

from umbral_sandbox.payments.paypal.account import Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Given, Reply
from umbral_sandbox.payments.paypal.catalog import paged
from umbral_sandbox.payments.paypal.errors import unprocessable
from umbral_sandbox.payments.paypal.events import emit
from umbral_sandbox.payments.paypal.parameters import billing as parameters
from umbral_sandbox.payments.paypal.records import JsonObject, Plan
from umbral_sandbox.payments.paypal.rules import Fields, Rule, checked
from umbral_sandbox.payments.paypal.shapes import catalog as shapes
from umbral_sandbox.payments.paypal.terms import changed, repriced, terms_of

_PREFERENCES: Final = "/payment_preferences/"
_CHANGEABLE: Final = frozenset(
    {
        "/name",
        "/description",
        "/taxes/percentage",
        f"{_PREFERENCES}auto_bill_outstanding",
        f"{_PREFERENCES}payment_failure_threshold",
        f"{_PREFERENCES}setup_fee",
        f"{_PREFERENCES}setup_fee_failure_action",
    }
)


def create_plan(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/plans``."""
    given = ask.given
    product = found(account.products, given.text("product_id") or "")
    plan = Plan(
        **account.stamp("plan"),
        product=product.id,
        name=given.text("name") or "",
        description=given.text("description"),
        status="CREATED" if given.text("status") == "CREATED" else "ACTIVE",
        terms=terms_of(given),
        quantities=given.flag("quantity_supported", False),
    )
    account.plans.put(plan.id, plan)
    _tell(account, plan, "CREATED", "A billing plan was created.")
    return Reply(201, shapes.plan(account, plan, ask.whole))


def read_plan(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/billing/plans/{id}``."""
    return Reply(200, shapes.plan(account, account.plan(ask.id)))


def list_plans(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/billing/plans``."""
    product, wanted = ask.query.get("product_id"), ask.query.get("plan_ids")
    plans = [
        each
        for each in sorted(account.plans.values(), key=lambda each: -each.seq)
        if product in {None, each.product} and (wanted is None or each.id in wanted.split(","))
    ]

    def draw(each: Plan) -> JsonObject:
        return shapes.plan(account, each, ask.whole)

    return Reply(200, paged(account, ask, plans, "plans", "/v1/billing/plans", draw))


def change_plan(account: Account, ask: Ask) -> Reply:
    """Handle ``PATCH /v1/billing/plans/{id}``."""
    plan = account.plan(ask.id)
    if plan.status == "INACTIVE":
        raise unprocessable("PLAN_STATUS_INVALID", "Invalid plan status for patch action.")
    for change in ask.items:
        path = change.text("path") or ""
        if path not in _CHANGEABLE or change.text("op") != "replace":
            raise unprocessable("INVALID_PATCH_PATH", "The specified field cannot be patched.", path)
        _change(plan, path, change)
    account.keep(account.plans, plan)
    _tell(account, plan, "UPDATED", "A billing plan was updated.")
    return Reply(204)


def _change(plan: Plan, path: str, change: Given) -> None:
    group, _, name = path[1:].rpartition("/")
    sent: JsonObject = {name: change.values.get("value")}
    whole: JsonObject = {group: sent} if group else sent
    rule = parameters.PLAN.members
    checked(_part(rule, group, name), whole)
    if group:
        plan.terms = changed(plan.terms, Given(whole))
    elif name == "name":
        plan.name = change.text("value") or plan.name
    else:
        plan.description = change.text("value")


def _part(rule: Mapping[str, Rule], group: str, name: str) -> Fields:
    """Return a rule that accepts only the member `name`, inside the object `group` if the rule has such an object."""
    inner = rule.get(group)
    if isinstance(inner, Fields):
        return Fields({group: Fields({name: inner.members[name]})})
    return Fields({name: rule[name]})


def reprice_plan(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/plans/{id}/update-pricing-schemes``: change the price from the next cycle on."""
    plan = account.plan(ask.id)
    plan.terms = repriced(plan.terms, ask.given)
    account.keep(account.plans, plan)
    for subscription in account.subscriptions.values():
        if subscription.plan == plan.id and not subscription.overridden:
            subscription.terms = plan.terms.model_copy(deep=True)
            account.keep(account.subscriptions, subscription)
    _tell(account, plan, "PRICING-CHANGE.ACTIVATED", "A billing plan's price was changed.")
    return Reply(204)


def activate_plan(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/plans/{id}/activate``."""
    return _turn(account, ask.id, "ACTIVE", "ACTIVATED", "A billing plan was activated.")


def deactivate_plan(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/billing/plans/{id}/deactivate``: deactivate the plan; existing subscriptions continue."""
    return _turn(account, ask.id, "INACTIVE", "DEACTIVATED", "A billing plan was deactivated.")


def _turn(account: Account, key: str, status: Literal["ACTIVE", "INACTIVE"], name: str, summary: str) -> Reply:
    plan = account.plan(key)
    if plan.status == status or (status == "INACTIVE" and plan.status == "CREATED"):
        action = "activate" if status == "ACTIVE" else "deactivate"
        raise unprocessable("PLAN_STATUS_INVALID", f"Invalid plan status for {action} action.")
    plan.status = status
    account.keep(account.plans, plan)
    _tell(account, plan, name, summary)
    return Reply(204)


def _tell(account: Account, plan: Plan, name: str, summary: str) -> None:
    emit(account, f"BILLING.PLAN.{name}", "plan", shapes.plan(account, plan), summary, version="2.0")
