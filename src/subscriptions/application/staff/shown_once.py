"""Secrets that a command shows once. Only a digest is stored. A secret is derived from the request's secret, so that a
repeated request shows the same value.
"""

import base64
import hmac
from typing import Final

from subscriptions.domain.ids import random_bytes

_BYTES: Final = 32


def draw_secret(secret: bytes | None, label: bytes) -> str:
    """Return 256 bits as text, derived from the secret of the request, or random if there is none. `label`: purpose of
    the value.
    """
    return base64.urlsafe_b64encode(hmac.digest(secret or random_bytes(_BYTES), label, "sha256")).decode().rstrip("=")
