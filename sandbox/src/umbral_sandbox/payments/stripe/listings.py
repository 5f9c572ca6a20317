"""Handlers of the Stripe API's operations that list objects."""

from collections.abc import Mapping

from umbral_sandbox.payments.stripe.account import PROVIDER, Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.events import render
from umbral_sandbox.payments.stripe.paging import in_time, page
from umbral_sandbox.payments.stripe.records import Event, InvoicePayment, JsonObject, Price, Session, Subscription
from umbral_sandbox.payments.stripe.shapes import billing, catalog, checkout, money


def _same(given: Given, values: Mapping[str, str | int | bool | None]) -> bool:
    """Return True if each received filter equals the record's value."""
    return all(name not in given or given.values[name] == value for name, value in values.items())


def list_products(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/products``."""
    ids = ask.given.texts("ids")
    chosen = (
        each
        for each in account.products.values()
        if _same(ask.given, {"active": each.active}) and (not ids or each.id in ids)
    )
    return page(chosen, ask.given, "/v1/products", catalog.product, "product")


def list_prices(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/prices``."""
    given = ask.given
    keys, recurring = given.texts("lookup_keys"), given.tree("recurring")

    def wanted(price: Price) -> bool:
        return (
            _same(
                given,
                {
                    "active": price.active,
                    "currency": price.currency,
                    "product": price.product,
                    "type": "recurring" if price.interval else "one_time",
                },
            )
            and (not keys or price.lookup_key in keys)
            and _same(recurring, {"interval": price.interval, "usage_type": "licensed"})
        )

    return page(filter(wanted, account.prices.values()), given, "/v1/prices", catalog.price, "price")


def list_customers(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/customers``."""
    chosen = (each for each in account.customers.values() if _same(ask.given, {"email": each.email}))
    return page(chosen, ask.given, "/v1/customers", catalog.customer, "customer")


def list_sessions(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/checkout/sessions``."""
    given = ask.given

    def wanted(session: Session) -> bool:
        details = given.tree("customer_details")
        return _same(
            given,
            {
                "customer": session.customer,
                "payment_intent": session.payment_intent,
                "status": session.status,
                "subscription": session.subscription,
            },
        ) and _same(details, {"email": session.customer_email})

    chosen = filter(wanted, account.sessions.values())
    return page(
        chosen, given, "/v1/checkout/sessions", lambda each: checkout.session(account, each), "checkout.session"
    )


def list_line_items(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/checkout/sessions/{id}/line_items``: return all items on one page."""
    session = found(account.sessions, ask.id, "checkout.session", "session")
    size = ask.given.number("limit") or 10
    return {
        "object": "list",
        "data": [checkout.line_item(account, session, line) for line in session.lines[:size]],
        "has_more": len(session.lines) > size,
        "url": f"/v1/checkout/sessions/{session.id}/line_items",
    }


def list_subscriptions(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/subscriptions``: without a status, return all subscriptions that were not canceled."""
    given = ask.given
    status = given.text("status")

    def fits(current: str) -> bool:
        ended = current in {"canceled", "incomplete_expired"}
        if status is None:
            return not ended
        return status == "all" or (ended if status == "ended" else status == current)

    def wanted(each: Subscription) -> bool:
        return (
            fits(each.status)
            and _same(given, {"customer": each.customer, "collection_method": "charge_automatically"})
            and ("price" not in given or given.text("price") in {item.price for item in each.items})
            and in_time(given, "current_period_end", each.period_end)
            and in_time(given, "current_period_start", each.period_start)
        )

    every = account.subscriptions.values()
    chosen = filter(wanted, every)
    url = "/v1/subscriptions"
    return page(chosen, given, url, lambda each: billing.subscription(account, each), "subscription", every)


def list_invoices(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/invoices``."""
    chosen = (
        each
        for each in account.invoices.values()
        if _same(
            ask.given,
            {
                "collection_method": "charge_automatically",
                "customer": each.customer,
                "status": each.status,
                "subscription": each.subscription,
            },
        )
    )
    return page(chosen, ask.given, "/v1/invoices", lambda each: billing.invoice(account, each), "invoice")


def list_invoice_payments(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/invoice_payments``: find the invoice of a payment intent."""
    given = ask.given
    payment = given.tree("payment")

    def wanted(each: InvoicePayment) -> bool:
        return _same(given, {"invoice": each.invoice, "status": each.status}) and _same(
            payment, {"payment_intent": each.payment_intent}
        )

    chosen = filter(wanted, account.invoice_payments.values())
    return page(chosen, given, "/v1/invoice_payments", billing.invoice_payment, "invoice_payment")


def list_refunds(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/refunds``."""
    chosen = (
        each
        for each in account.refunds.values()
        if _same(ask.given, {"charge": each.charge, "payment_intent": each.payment_intent})
    )
    return page(chosen, ask.given, "/v1/refunds", money.refund, "refund")


def list_events(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/events``: return events; ``type`` may end in ``*``."""
    given = ask.given
    kind, kinds = given.text("type"), given.texts("types")
    success = given.flag("delivery_success")
    told = account.deliveries.all() if success is not None else ()
    failed = {each.event for each in told if each.provider == PROVIDER and each.state != "delivered"}

    def wanted(event: Event) -> bool:
        named = kind is None or event.type == kind or (kind[-1:] == "*" and event.type.startswith(kind[:-1]))
        return named and (not kinds or event.type in kinds) and (success is None or (event.id not in failed) == success)

    chosen = filter(wanted, account.events.values())
    return page(chosen, given, "/v1/events", lambda each: render(account, each), "event")
