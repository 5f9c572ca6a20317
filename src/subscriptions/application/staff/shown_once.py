"""Secrets that a command shows only once, such as API keys. Only a digest is stored. The secret is derived from a
secret of the request, so that a repeated request shows the same value.
"""

import base64
import hmac
from typing import Final

from subscriptions.domain.ids import random_bytes

_BYTES: Final = 32


def draw_secret(secret: bytes | None, label: bytes) -> str:
    """Return 256 bits as text, derived from the secret of the request, or random if that secret is None. `label`:
    purpose of the value, so that different values are derived for different purposes.
    """
    return base64.urlsafe_b64encode(hmac.digest(secret or random_bytes(_BYTES), label, "sha256")).decode().rstrip("=")
