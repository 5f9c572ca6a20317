"""PayPal's webhook signature, implemented from its public description."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from umbral_sandbox.payments.paypal import certificates
from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.webhooks import Delivery, Patience, WebhookEndpoint

ALGORITHM: Final = "SHA256withRSA"
#: 25 attempts in three days: the first ones at short intervals, the rest at equal ones.
PATIENCE: Final = Patience(
    later=(
        *(timedelta(seconds=each) for each in (5, 15, 60, 300, 900, 1800, 3600, 7200)),
        timedelta(hours=4, minutes=15),
    ),
    refusals=25,
)


def signed_text(transmission: str, time: str, webhook: str, body: bytes) -> str:
    """Return the text to sign, in which the body's checksum is an unsigned decimal number."""
    return f"{transmission}|{time}|{webhook}|{zlib.crc32(body)}"


def headers(account: Account, endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery, new for each attempt. The endpoint's secret is the webhook's id."""
    transmission, time = account.ids.transmission(), at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = signed_text(transmission, time, endpoint.secret, delivery.body.encode())
    certificate = certificates.current(account)
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "PayPal/AUHD-214.0-58843474",
        "PAYPAL-AUTH-ALGO": ALGORITHM,
        "PAYPAL-AUTH-VERSION": "v2",
        "PAYPAL-CERT-URL": f"{account.api}/v1/notifications/certs/{certificate.id}",
        "PAYPAL-TRANSMISSION-ID": transmission,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(certificates.sign(account, text)).decode(),
        "PAYPAL-TRANSMISSION-TIME": time,
    }


def is_ours(account: Account, text: str, signature: str) -> bool:
    """Return True if this account signed the text with this signature."""
    try:
        raw = base64.b64decode(signature, validate=True)
        certificates.public_key(account).verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True
