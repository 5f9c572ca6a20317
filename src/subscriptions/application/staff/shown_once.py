"""What an act shows once and keeps as a digest: drawn so that a repetition of the same wish is shown the same again."""

import base64
import hmac
from typing import Final

from subscriptions.domain.ids import random_bytes

_BYTES: Final = 32


def draw_secret(secret: bytes | None, label: bytes) -> str:
    """Return 256 bits as text: by the secret of who asks, by chance where they have none. label: what it is for."""
    return base64.urlsafe_b64encode(hmac.digest(secret or random_bytes(_BYTES), label, "sha256")).decode().rstrip("=")
