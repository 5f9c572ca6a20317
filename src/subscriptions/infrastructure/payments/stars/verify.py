"""Signature that proves that an update was received by our own bot. Telegram does not sign updates, so the bot's
process does.

The key is derived from the bot's token, which only the processes that sell with Stars have.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from subscriptions.domain.ports.payment_gateway import InvalidSignature, MalformedWebhook, WebhookRequest
from subscriptions.infrastructure.payments.stars.errors import PROVIDER

HEADER: Final = "x-umbral-seal"

_PURPOSE = b"umbral: updates about Stars, received by our own bot, v1"
_SEAL = re.compile(r"[0-9a-f]{64}\Z")


def seal(update: Mapping[str, object], token: SecretStr) -> tuple[dict[str, str], bytes]:
    """Sign an update. Return the headers and the body to send to the webhook endpoint."""
    body = json.dumps(update, ensure_ascii=True, separators=(",", ":")).encode()
    return {HEADER: _mac(body, token)}, body


def prove(request: WebhookRequest, token: SecretStr) -> dict[str, Any]:
    """Verify a signed request and return its update. Raises InvalidSignature if the signature is missing or not that of
    our bot's process, and MalformedWebhook for anything but a JSON object.
    """
    signature = request.headers.get(HEADER, "")
    if not signature.isascii() or not _SEAL.match(signature):
        raise InvalidSignature(PROVIDER, "there is no seal")
    if not hmac.compare_digest(signature, _mac(request.body, token)):
        raise InvalidSignature(PROVIDER, "the seal is not our bot's")
    try:
        update = json.loads(request.body)
    except (ValueError, RecursionError):
        raise MalformedWebhook(PROVIDER, "the body is not JSON") from None
    if not isinstance(update, dict):
        raise MalformedWebhook(PROVIDER, "the body is not a JSON object")
    return update


def _mac(body: bytes, token: SecretStr) -> str:
    key = hmac.digest(token.get_secret_value().encode(), _PURPOSE, hashlib.sha256)
    return hmac.new(key, body, hashlib.sha256).hexdigest()
