"""Table of the operations of the PayPal API: method, path, rules of the parameters, and handler."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from umbral_sandbox.payments.chassis.calls import Route
from umbral_sandbox.payments.paypal import (
    catalog,
    disputes,
    notifications,
    orders,
    plans,
    reporting,
    sales,
    subscriptions,
)
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.parameters import billing as b
from umbral_sandbox.payments.paypal.parameters import money as m
from umbral_sandbox.payments.paypal.parameters import notifications as n
from umbral_sandbox.payments.paypal.parameters.common import NOTHING, PATCH, reason
from umbral_sandbox.payments.paypal.rules import Fields, Rule, Text

Act = Callable[[Account, Ask], Reply]

_PRODUCTS: Final = "/v1/catalogs/products"
_PLANS: Final = "/v1/billing/plans"
_SUBSCRIPTIONS: Final = "/v1/billing/subscriptions"
_ORDERS: Final = "/v2/checkout/orders"
_DISPUTES: Final = "/v1/customer/disputes"
_HOOKS: Final = "/v1/notifications"


@dataclass(frozen=True)
class Endpoint(Route):
    """Operation of the PayPal API.

    query: names of the query parameters. replays: True if the operation supports `PayPal-Request-Id`. again: function
        that renders the current state of the created object when the same request is repeated. files: True if the body
        may be a form with files.
    """

    act: Act
    rule: Rule = NOTHING
    query: tuple[str, ...] = ()
    replays: bool = False
    again: Act | None = None
    files: bool = False


def _post(path: str, act: Act, rule: Rule = NOTHING, *, replays: bool = False) -> Endpoint:
    return Endpoint("POST", path, act, rule, (), replays)


ENDPOINTS: Final = (
    _post(_PRODUCTS, catalog.create_product, b.PRODUCT, replays=True),
    Endpoint("GET", _PRODUCTS, catalog.list_products, query=catalog.PAGE_QUERY),
    Endpoint("GET", f"{_PRODUCTS}/{{id}}", catalog.read_product),
    Endpoint("PATCH", f"{_PRODUCTS}/{{id}}", catalog.change_product, PATCH),
    _post(_PLANS, plans.create_plan, b.PLAN, replays=True),
    Endpoint("GET", _PLANS, plans.list_plans, query=("product_id", "plan_ids", *catalog.PAGE_QUERY)),
    Endpoint("GET", f"{_PLANS}/{{id}}", plans.read_plan),
    Endpoint("PATCH", f"{_PLANS}/{{id}}", plans.change_plan, PATCH),
    _post(f"{_PLANS}/{{id}}/activate", plans.activate_plan),
    _post(f"{_PLANS}/{{id}}/deactivate", plans.deactivate_plan),
    _post(f"{_PLANS}/{{id}}/update-pricing-schemes", plans.reprice_plan, b.PRICING_SCHEMES),
    Endpoint(
        "POST",
        _SUBSCRIPTIONS,
        subscriptions.create_subscription,
        b.SUBSCRIPTION,
        replays=True,
        again=subscriptions.show_made,
    ),
    Endpoint("GET", _SUBSCRIPTIONS, subscriptions.list_subscriptions, query=subscriptions.QUERY),
    Endpoint("GET", f"{_SUBSCRIPTIONS}/{{id}}", subscriptions.read_subscription, query=("fields",)),
    Endpoint("PATCH", f"{_SUBSCRIPTIONS}/{{id}}", subscriptions.change_subscription, PATCH),
    _post(f"{_SUBSCRIPTIONS}/{{id}}/activate", subscriptions.activate_subscription, reason(False)),
    _post(f"{_SUBSCRIPTIONS}/{{id}}/cancel", subscriptions.cancel_subscription, reason(True)),
    _post(f"{_SUBSCRIPTIONS}/{{id}}/capture", subscriptions.capture_outstanding, b.CAPTURE, replays=True),
    _post(f"{_SUBSCRIPTIONS}/{{id}}/revise", subscriptions.revise_subscription, b.REVISE),
    _post(f"{_SUBSCRIPTIONS}/{{id}}/suspend", subscriptions.suspend_subscription, reason(True)),
    Endpoint(
        "GET",
        f"{_SUBSCRIPTIONS}/{{id}}/transactions",
        subscriptions.list_transactions,
        query=("start_time", "end_time"),
    ),
    Endpoint("GET", "/v1/payments/sale/{id}", sales.read_sale),
    _post("/v1/payments/sale/{id}/refund", sales.refund_sale, m.SALE_REFUND, replays=True),
    Endpoint("GET", "/v1/payments/refund/{id}", sales.read_sale_refund),
    Endpoint("POST", _ORDERS, orders.create_order, m.ORDER, replays=True, again=orders.show_made),
    Endpoint("GET", f"{_ORDERS}/{{id}}", orders.read_order, query=("fields",)),
    _post(f"{_ORDERS}/{{id}}/capture", orders.capture_order, m.ORDER_CAPTURE, replays=True),
    Endpoint("GET", "/v2/payments/captures/{id}", sales.read_capture),
    _post("/v2/payments/captures/{id}/refund", sales.refund_capture, m.CAPTURE_REFUND, replays=True),
    Endpoint("GET", "/v2/payments/refunds/{id}", sales.read_capture_refund),
    Endpoint(
        "GET",
        _DISPUTES,
        disputes.list_disputes,
        query=disputes.QUERY,
    ),
    Endpoint("GET", f"{_DISPUTES}/{{id}}", disputes.read_dispute),
    _post(f"{_DISPUTES}/{{id}}/accept-claim", disputes.accept_claim, m.ACCEPT_CLAIM),
    _post(f"{_DISPUTES}/{{id}}/adjudicate", disputes.adjudicate, m.ADJUDICATE),
    _post(f"{_DISPUTES}/{{id}}/escalate", disputes.escalate, Fields({"note": Text(2000)}, ("note",))),
    Endpoint("POST", f"{_DISPUTES}/{{id}}/provide-evidence", disputes.provide_evidence, m.EVIDENCE, files=True),
    _post(f"{_DISPUTES}/{{id}}/send-message", disputes.send_message, m.MESSAGE),
    Endpoint("GET", "/v1/reporting/transactions", reporting.list_transactions, query=reporting.QUERY),
    _post(f"{_HOOKS}/verify-webhook-signature", notifications.verify_signature, n.VERIFY),
    _post(f"{_HOOKS}/webhooks", notifications.create_webhook, n.WEBHOOK),
    Endpoint("GET", f"{_HOOKS}/webhooks", notifications.list_webhooks),
    Endpoint("GET", f"{_HOOKS}/webhooks/{{id}}", notifications.read_webhook),
    Endpoint("DELETE", f"{_HOOKS}/webhooks/{{id}}", notifications.delete_webhook),
    Endpoint(
        "GET",
        f"{_HOOKS}/webhooks-events",
        notifications.list_events,
        query=("end_time", "event_type", "move_to", "offset", "page_size", "start_time"),
    ),
    Endpoint("GET", f"{_HOOKS}/webhooks-events/{{id}}", notifications.read_event),
    _post(f"{_HOOKS}/webhooks-events/{{id}}/resend", notifications.resend_event, n.RESEND),
)
