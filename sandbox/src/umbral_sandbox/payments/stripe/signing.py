"""Stripe's webhook signature, implemented from its public description."""

import hashlib
import hmac
from datetime import datetime

from umbral_sandbox.payments.webhooks import Delivery, WebhookEndpoint


def signature(body: str, secrets: list[str], at: int) -> str:
    """Return ``t=…,v1=…`` with one ``v1`` for each secret (two while a secret is being rolled)."""
    signed = f"{at}.{body}".encode()
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])


def headers(endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery; several secrets may be given, separated by spaces."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Accept": "*/*; q=0.5, application/xml",
        "Cache-Control": "no-cache",
        "Stripe-Signature": signature(delivery.body, endpoint.secret.split(), int(at.timestamp())),
    }
