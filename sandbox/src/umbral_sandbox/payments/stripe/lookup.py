"""Look-up of any object of the Stripe account by its id, whose prefix names the kind of object."""

from collections.abc import Callable

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.shapes import billing, catalog, checkout, money, schedules


def draw(account: Account, key: str) -> JsonObject | None:
    """Return the object with this id in the API's format, or None if there is none."""
    drawers = _drawers(account)
    # Only schedules have a prefix of two words.
    drawer = drawers["sub_sched_"] if key.startswith("sub_sched_") else drawers.get(key.split("_", 1)[0] + "_")
    return drawer(key) if drawer is not None else None


def _drawers(account: Account) -> dict[str, Callable[[str], JsonObject | None]]:
    return {
        "prod_": lambda key: catalog.product(found) if (found := account.products.get(key)) else None,
        "price_": lambda key: catalog.price(found) if (found := account.prices.get(key)) else None,
        "cus_": lambda key: catalog.customer(found) if (found := account.customers.get(key)) else None,
        "cs_": lambda key: checkout.session(account, found) if (found := account.sessions.get(key)) else None,
        "sub_": lambda key: billing.subscription(account, found) if (found := account.subscriptions.get(key)) else None,
        "sub_sched_": lambda key: schedules.schedule(account, found) if (found := account.schedules.get(key)) else None,
        "in_": lambda key: billing.invoice(account, found) if (found := account.invoices.get(key)) else None,
        "inpay_": lambda key: billing.invoice_payment(found) if (found := account.invoice_payments.get(key)) else None,
        "pi_": lambda key: money.intent(found) if (found := account.intents.get(key)) else None,
        "ch_": lambda key: money.charge(found) if (found := account.charges.get(key)) else None,
        "re_": lambda key: money.refund(found) if (found := account.refunds.get(key)) else None,
        "dp_": lambda key: money.dispute(found) if (found := account.disputes.get(key)) else None,
    }
