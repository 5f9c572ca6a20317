"""What Stripe refuses is said so that whoever runs the shop can mend it, and without what it quotes."""

from __future__ import annotations

import stripe

from subscriptions.domain.ports.payment_gateway import GatewayAuthError
from subscriptions.infrastructure.payments.stripe.errors import gateway_error

KEY = "rk_live_************************abcdef"


def refused(words: str) -> str:
    """What the log says of a refusal that Stripe puts so."""
    error = gateway_error(stripe.PermissionError(words, http_status=403))
    assert isinstance(error, GatewayAuthError)
    return str(error)


def test_a_restricted_key_that_lacks_a_right_names_the_right() -> None:
    told = refused(
        f"The provided key '{KEY}' does not have the required permissions for this endpoint on"
        " account 'acct_1NuzflB0DBR'. Having the 'rak_coupon_write' permission would allow this request to continue."
    )
    assert "rak_coupon_write" in told
    assert "STRIPE_SECRET_KEY" in told
    assert KEY not in told
    assert "acct_" not in told


def test_a_refusal_that_names_none_is_told_as_it_was() -> None:
    assert refused("no").endswith("PermissionError (HTTP 403); check STRIPE_SECRET_KEY")
