"""Handlers of the Stripe API's operations on customers and their portal sessions."""

from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.events import emit, noticed
from umbral_sandbox.payments.stripe.records import Customer, JsonObject, PortalSession
from umbral_sandbox.payments.stripe.shapes import catalog as shapes
from umbral_sandbox.payments.stripe.shapes import checkout as checkout_shapes


def create_customer(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/customers``."""
    _check_email(ask.given)
    return shapes.customer(new_customer(account, ask.given))


def new_customer(account: Account, given: Given) -> Customer:
    """Create a customer and send the event ``customer.created``."""
    customer = Customer(
        **account.stamp("cus"),
        email=given.text("email"),
        name=given.text("name"),
        phone=given.text("phone"),
        description=given.text("description"),
        locales=given.texts("preferred_locales"),
        balance=given.number("balance") or 0,
        metadata=given.pairs({}),
        extra=given.only(["tax_exempt"]),
    )
    account.customers.put(customer.id, customer)
    emit(account, "customer.created", shapes.customer(customer))
    return customer


def update_customer(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/customers/{id}``."""
    customer, given = found(account.customers, ask.id, "customer"), ask.given
    _check_email(given)
    with noticed(account, "customer.updated", lambda: shapes.customer(customer)):
        if "email" in given:
            customer.email = given.text("email")
        if "name" in given:
            customer.name = given.text("name")
        if "phone" in given:
            customer.phone = given.text("phone")
        if "description" in given:
            customer.description = given.text("description")
        if "preferred_locales" in given:
            customer.locales = given.texts("preferred_locales")
        customer.balance = given.number("balance") or 0 if "balance" in given else customer.balance
        customer.metadata = given.pairs(customer.metadata)
        customer.extra |= given.only(["tax_exempt"])
        account.customers.put(customer.id, customer)
    return shapes.customer(customer)


def create_portal_session(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/billing_portal/sessions``."""
    customer = found(account.customers, ask.given.text("customer") or "", "customer", "customer", 400)
    stamp = account.stamp("bps")
    visit = PortalSession(
        **stamp,
        customer=customer.id,
        url=f"{ask.origin}/pay/stripe/portal/{stamp['id']}",
        return_url=ask.given.text("return_url"),
        locale=ask.given.text("locale"),
    )
    return checkout_shapes.portal(account.portals.put(visit.id, visit))


def _check_email(given: Given) -> None:
    email = given.text("email")
    if email is not None and ("@" not in email[1:-1] or " " in email):
        raise StripeError(f"Invalid email address: {email}", code="email_invalid", param="email")
