"""Check that a refusal by Stripe is reported so that the operator can act on it, and without the data that Stripe
quotes.
"""

from __future__ import annotations

import stripe

from subscriptions.domain.ports.payment_gateway import GatewayAuthError
from subscriptions.infrastructure.payments.stripe.errors import gateway_error

KEY = "rk_live_************************abcdef"


def refused(words: str) -> str:
    """Return the logged text of a refusal with this message."""
    error = gateway_error(stripe.PermissionError(words, http_status=403))
    assert isinstance(error, GatewayAuthError)
    return str(error)


def test_missing_permission_of_a_restricted_key_is_named() -> None:
    reported = refused(
        f"The provided key '{KEY}' does not have the required permissions for this endpoint on"
        " account 'acct_1NuzflB0DBR'. Having the 'rak_coupon_write' permission would allow this request to continue."
    )
    assert "rak_coupon_write" in reported
    assert "STRIPE_SECRET_KEY" in reported
    assert KEY not in reported
    assert "acct_" not in reported


def test_refusal_that_names_no_missing_permission_names_the_key_setting() -> None:
    assert refused("no").endswith("PermissionError (HTTP 403); check STRIPE_SECRET_KEY")
