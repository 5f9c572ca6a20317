"""Table of the operations of the Stripe API: method, path, rules of the parameters, and handler."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from umbral_sandbox.payments.chassis.calls import Route
from umbral_sandbox.payments.stripe import (
    answering,
    catalog,
    collecting,
    hooks,
    listings,
    own,
    people,
    plan_changes,
    returning,
    schedules,
    searching,
    sessions,
    subscriptions,
)
from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask
from umbral_sandbox.payments.stripe.errors import missing_resource
from umbral_sandbox.payments.stripe.events import render
from umbral_sandbox.payments.stripe.lookup import draw
from umbral_sandbox.payments.stripe.parameters import billing as b
from umbral_sandbox.payments.stripe.parameters import catalog as c
from umbral_sandbox.payments.stripe.parameters import checkout as k
from umbral_sandbox.payments.stripe.parameters import money as m
from umbral_sandbox.payments.stripe.parameters import people as p
from umbral_sandbox.payments.stripe.parameters.common import EXPAND, METADATA, RETRIEVE
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.rules import Fields
from umbral_sandbox.payments.stripe.shapes.catalog import product as product_shape

Act = Callable[[Account, Ask], JsonObject]


@dataclass(frozen=True)
class Endpoint(Route):
    """Operation of the Stripe API. changes: False for a read-only operation."""

    rule: Fields
    act: Act


def _retrieve(kind: str, prefix: str) -> Act:
    def act(account: Account, ask: Ask) -> JsonObject:
        shape = draw(account, ask.id) if ask.id.startswith(prefix) else None
        if shape is None:
            raise missing_resource(kind, ask.id)
        return shape

    return act


def _product(account: Account, ask: Ask) -> JsonObject:
    # A product's id may be the seller's own, so it has no known prefix.
    return product_shape(account.product(ask.id))


def _event(account: Account, ask: Ask) -> JsonObject:
    return render(account, found(account.events, ask.id, "event"))


FILES: Final = "/v1/files"
"""Path of the only operation whose body is a form with a file."""
REFUND_UPDATE = Fields({"expand": EXPAND, "metadata": METADATA})
_SUBSCRIPTION = "/v1/subscriptions/{id}"
_SCHEDULE = "/v1/subscription_schedules/{id}"

ENDPOINTS: Final = (
    Endpoint("GET", "/v1/account", RETRIEVE, own.retrieve_account),
    Endpoint("GET", "/v1/balance", RETRIEVE, own.retrieve_balance),
    Endpoint("POST", "/v1/products", c.PRODUCT_CREATE, catalog.create_product),
    Endpoint("GET", "/v1/products", c.PRODUCT_LIST, listings.list_products),
    Endpoint("GET", "/v1/products/{id}", RETRIEVE, _product),
    Endpoint("POST", "/v1/products/{id}", c.PRODUCT_UPDATE, catalog.update_product),
    Endpoint("POST", "/v1/prices", c.PRICE_CREATE, catalog.create_price),
    Endpoint("GET", "/v1/prices", c.PRICE_LIST, listings.list_prices),
    Endpoint("GET", "/v1/prices/{id}", RETRIEVE, _retrieve("price", "price_")),
    Endpoint("POST", "/v1/prices/{id}", c.PRICE_UPDATE, catalog.update_price),
    Endpoint("POST", "/v1/coupons", c.COUPON_CREATE, catalog.create_coupon),
    Endpoint("POST", "/v1/customers", p.CUSTOMER_CREATE, people.create_customer),
    Endpoint("GET", "/v1/customers", p.CUSTOMER_LIST, listings.list_customers),
    Endpoint("GET", "/v1/customers/search", p.CUSTOMER_SEARCH, searching.search_customers),
    Endpoint("GET", "/v1/customers/{id}", RETRIEVE, _retrieve("customer", "cus_")),
    Endpoint("POST", "/v1/customers/{id}", p.CUSTOMER_UPDATE, people.update_customer),
    Endpoint("POST", "/v1/checkout/sessions", k.SESSION_CREATE, sessions.create_session),
    Endpoint("GET", "/v1/checkout/sessions", k.SESSION_LIST, listings.list_sessions),
    Endpoint("GET", "/v1/checkout/sessions/{id}", RETRIEVE, sessions.retrieve_session),
    Endpoint("POST", "/v1/checkout/sessions/{id}/expire", RETRIEVE, sessions.expire_session),
    Endpoint("GET", "/v1/checkout/sessions/{id}/line_items", k.LINE_ITEMS, listings.list_line_items),
    Endpoint("GET", "/v1/subscriptions", b.SUBSCRIPTION_LIST, listings.list_subscriptions),
    Endpoint("GET", _SUBSCRIPTION, RETRIEVE, subscriptions.retrieve_subscription),
    Endpoint("POST", _SUBSCRIPTION, b.SUBSCRIPTION_UPDATE, subscriptions.update_subscription),
    Endpoint("DELETE", _SUBSCRIPTION, b.SUBSCRIPTION_CANCEL, subscriptions.cancel_subscription),
    Endpoint("POST", f"{_SUBSCRIPTION}/pause", b.SUBSCRIPTION_PAUSE, subscriptions.pause_subscription),
    Endpoint("POST", f"{_SUBSCRIPTION}/resume", b.SUBSCRIPTION_RESUME, subscriptions.resume_subscription),
    Endpoint("POST", "/v1/subscription_schedules", b.SCHEDULE_CREATE, schedules.create_schedule),
    Endpoint("GET", _SCHEDULE, RETRIEVE, _retrieve("subscription_schedule", "sub_sched_")),
    Endpoint("POST", _SCHEDULE, b.SCHEDULE_UPDATE, schedules.update_schedule),
    Endpoint("POST", f"{_SCHEDULE}/release", b.SCHEDULE_RELEASE, schedules.release_schedule),
    Endpoint("POST", "/v1/invoices/create_preview", b.PREVIEW, plan_changes.preview_invoice),
    Endpoint("GET", "/v1/invoices", b.INVOICE_LIST, listings.list_invoices),
    Endpoint("GET", "/v1/invoices/{id}", RETRIEVE, _retrieve("invoice", "in_")),
    Endpoint("POST", "/v1/invoices/{id}", b.INVOICE_UPDATE, collecting.update_invoice),
    Endpoint("POST", "/v1/invoices/{id}/void", RETRIEVE, subscriptions.void_invoice),
    Endpoint("GET", "/v1/invoice_payments", b.INVOICE_PAYMENT_LIST, listings.list_invoice_payments),
    Endpoint("GET", "/v1/invoice_payments/{id}", RETRIEVE, _retrieve("invoice_payment", "inpay_")),
    Endpoint("GET", "/v1/payment_intents/{id}", RETRIEVE, _retrieve("payment_intent", "pi_")),
    Endpoint("GET", "/v1/charges/{id}", RETRIEVE, _retrieve("charge", "ch_")),
    Endpoint("POST", "/v1/refunds", m.REFUND_CREATE, returning.create_refund),
    Endpoint("GET", "/v1/refunds", m.REFUND_LIST, listings.list_refunds),
    Endpoint("GET", "/v1/refunds/{id}", RETRIEVE, _retrieve("refund", "re_")),
    Endpoint("POST", "/v1/refunds/{id}", REFUND_UPDATE, returning.update_refund),
    Endpoint("GET", "/v1/disputes/{id}", RETRIEVE, _retrieve("dispute", "dp_")),
    Endpoint("POST", "/v1/disputes/{id}", m.DISPUTE_UPDATE, answering.update_dispute),
    Endpoint("POST", FILES, m.UPLOAD, answering.create_file),
    Endpoint("GET", f"{FILES}/{{id}}", RETRIEVE, answering.retrieve_file),
    Endpoint("POST", "/v1/billing_portal/sessions", p.PORTAL_CREATE, people.create_portal_session),
    Endpoint("GET", "/v1/events", m.EVENT_LIST, listings.list_events),
    Endpoint("GET", "/v1/events/{id}", RETRIEVE, _event),
    Endpoint("POST", "/v1/webhook_endpoints", m.WEBHOOK_CREATE, hooks.create_endpoint),
    Endpoint("GET", "/v1/webhook_endpoints", m.WEBHOOK_LIST, hooks.list_endpoints),
)
