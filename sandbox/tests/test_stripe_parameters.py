"""Comparison of the manually maintained parameter trees with the types of the official SDK, at every level."""

import ast
from functools import cache
from pathlib import Path

import stripe.params

from tests.support.each_case import each_case
from umbral_sandbox.payments.stripe.endpoints import ENDPOINTS, Endpoint
from umbral_sandbox.payments.stripe.rules import Either, Fields, ListOf, Rule

FOLDER = Path(stripe.params.__file__).parent
NAMES = {
    "POST /v1/products": "_product_create",
    "GET /v1/products": "_product_list",
    "GET /v1/products/{id}": "_product_retrieve",
    "POST /v1/products/{id}": "_product_update",
    "POST /v1/prices": "_price_create",
    "GET /v1/prices": "_price_list",
    "GET /v1/prices/{id}": "_price_retrieve",
    "POST /v1/prices/{id}": "_price_update",
    "POST /v1/coupons": "_coupon_create",
    "POST /v1/customers": "_customer_create",
    "GET /v1/account": "_account_retrieve_current",
    "GET /v1/balance": "_balance_retrieve",
    "GET /v1/customers/search": "_customer_search",
    "GET /v1/customers": "_customer_list",
    "GET /v1/customers/{id}": "_customer_retrieve",
    "POST /v1/customers/{id}": "_customer_update",
    "POST /v1/checkout/sessions": "checkout/_session_create",
    "GET /v1/checkout/sessions": "checkout/_session_list",
    "GET /v1/checkout/sessions/{id}": "checkout/_session_retrieve",
    "POST /v1/checkout/sessions/{id}/expire": "checkout/_session_expire",
    "GET /v1/checkout/sessions/{id}/line_items": "checkout/_session_line_item_list",
    "GET /v1/subscriptions": "_subscription_list",
    "GET /v1/subscriptions/{id}": "_subscription_retrieve",
    "POST /v1/subscriptions/{id}": "_subscription_update",
    "DELETE /v1/subscriptions/{id}": "_subscription_cancel",
    "POST /v1/subscriptions/{id}/pause": "_subscription_pause",
    "POST /v1/subscriptions/{id}/resume": "_subscription_resume",
    "POST /v1/subscription_schedules": "_subscription_schedule_create",
    "GET /v1/subscription_schedules/{id}": "_subscription_schedule_retrieve",
    "POST /v1/subscription_schedules/{id}": "_subscription_schedule_update",
    "POST /v1/subscription_schedules/{id}/release": "_subscription_schedule_release",
    "POST /v1/invoices/create_preview": "_invoice_create_preview",
    "GET /v1/invoices": "_invoice_list",
    "GET /v1/invoices/{id}": "_invoice_retrieve",
    "POST /v1/invoices/{id}": "_invoice_update",
    "POST /v1/invoices/{id}/void": "_invoice_void_invoice",
    "GET /v1/invoice_payments": "_invoice_payment_list",
    "GET /v1/invoice_payments/{id}": "_invoice_payment_retrieve",
    # The client secret is for browsers; the bearer key of a server replaces it.
    "GET /v1/charges/{id}": "_charge_retrieve",
    "POST /v1/refunds": "_refund_create",
    "GET /v1/refunds": "_refund_list",
    "GET /v1/refunds/{id}": "_refund_retrieve",
    "POST /v1/refunds/{id}": "_refund_update",
    "GET /v1/disputes/{id}": "_dispute_retrieve",
    "POST /v1/disputes/{id}": "_dispute_update",
    "GET /v1/files/{id}": "_file_retrieve",
    "POST /v1/billing_portal/sessions": "billing_portal/_session_create",
    "GET /v1/events": "_event_list",
    "GET /v1/events/{id}": "_event_retrieve",
    "POST /v1/webhook_endpoints": "_webhook_endpoint_create",
    "GET /v1/webhook_endpoints": "_webhook_endpoint_list",
}
# Typed as optional, but required by the service.
ALSO_REQUIRED = {
    "POST /v1/checkout/sessions": {"mode"},
    "POST /v1/billing_portal/sessions": {"customer"},
    "POST /v1/coupons": {"amount_off", "currency"},
}


class Types:
    """Classes with which one module of the official SDK declares a method's parameters."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.classes = {each.name: each for each in tree.body if isinstance(each, ast.ClassDef)}
        self.top = next(name for name in self.classes if name.endswith("Params"))

    def members(self, name: str) -> dict[str, ast.expr]:
        body = self.classes[name].body
        return {
            each.target.id: each.annotation
            for each in body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }

    def named_in(self, annotation: ast.expr) -> str | None:
        for node in ast.walk(annotation):
            name = node.value if isinstance(node, ast.Constant) else getattr(node, "id", None)
            for each in self.classes:
                if isinstance(name, str) and each in name.replace("[", "|").replace("]", "|").split("|"):
                    return each
        return None


@cache
def types(name: str) -> Types:
    return Types(FOLDER / f"{name}_params.py")


def object_rule(rule: Rule) -> Fields | None:
    match rule:
        case Fields():
            return rule
        case ListOf(rule=inner) | Either(tree=inner):
            return object_rule(inner)
        case _:
            return None


def compare(rule: Fields, known: Types, name: str, path: str) -> None:
    members = known.members(name)
    assert set(rule.known) | rule.closed == set(members), f"at {path or 'the top'}"
    assert not set(rule.known) & rule.closed
    required = {each for each, kind in members.items() if "NotRequired" not in ast.unparse(kind)}
    assert required & set(rule.known) == set(rule.required) - ALSO_REQUIRED.get(path, set()), path
    for member, inner in rule.known.items():
        below, named = object_rule(inner), known.named_in(members[member])
        if below is not None and named is not None:
            compare(below, known, named, f"{path}[{member}]")
        else:
            assert (below is None) == (named is None) or member == "created", f"{path}[{member}]"


@each_case("endpoint", [each for each in ENDPOINTS if each.name in NAMES], ids=lambda each: each.name)
def test_parameters_equal_the_parameters_of_the_sdk(endpoint: Endpoint) -> None:
    known = types(NAMES[endpoint.name])
    compare(endpoint.rule, known, known.top, endpoint.name)


def test_every_endpoint_with_sdk_parameter_types_is_compared_with_the_sdk() -> None:
    assert {each.name for each in ENDPOINTS} - set(NAMES) == {
        "GET /v1/payment_intents/{id}",
        # A multipart form, of which the SDK only types the file.
        "POST /v1/files",
    }
