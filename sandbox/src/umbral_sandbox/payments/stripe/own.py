"""Handlers of the Stripe API's operations on the seller's own account and its balance."""

from typing import Final

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.ask import Ask
from umbral_sandbox.payments.stripe.ids import ACCOUNT_ID
from umbral_sandbox.payments.stripe.records import JsonObject

#: Payments become available after this number of seconds: seven days, as for a new account.
_PENDING_S: Final = 7 * 86_400


def retrieve_account(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/account``."""
    name = account.settings.display_name
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {"name": name, "url": None, "support_email": None},
        "business_type": "individual",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "ES",
        "default_currency": "eur",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": name, "timezone": "Europe/Madrid"}},
        "type": "standard",
    }


def retrieve_balance(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/balance``: return payments less refunds; there are no payouts and no fees."""
    sums: dict[str, dict[str, int]] = {"available": {"eur": 0}, "pending": {"eur": 0}}
    for charge in account.charges.values():
        if charge.succeeded and not charge.disputed:
            part = sums["pending" if account.now() - charge.created < _PENDING_S else "available"]
            part[charge.currency] = part.get(charge.currency, 0) + charge.amount - charge.amount_refunded
    return {
        "object": "balance",
        "livemode": False,
        **{
            part: [
                {"amount": amount, "currency": currency, "source_types": {"card": amount}}
                for currency, amount in sorted(amounts.items())
            ]
            for part, amounts in sums.items()
        },
    }
