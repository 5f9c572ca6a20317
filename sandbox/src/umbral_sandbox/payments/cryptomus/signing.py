"""The provider's signature, written from its public description: MD5 of the body in base64 and the API key."""

import base64
import hashlib
from datetime import datetime

from umbral_sandbox.payments.cryptomus.phpjson import FORMS, SIGNED, encode
from umbral_sandbox.payments.cryptomus.records import JsonObject
from umbral_sandbox.payments.webhooks import Delivery, WebhookEndpoint


def signature(body: bytes, key: str) -> str:
    """The ``sign`` of a request: over the very bytes sent, an empty body is the empty text."""
    return hashlib.md5(base64.b64encode(body) + key.encode(), usedforsecurity=False).hexdigest()


def signed(payload: JsonObject, key: str, form: str) -> str:
    """A webhook's body in the form it travels in, its ``sign`` last, made over the body without it."""
    bare = {name: value for name, value in payload.items() if name != "sign"}
    mark = signature(encode(bare, SIGNED).encode(), key)
    return encode({**bare, "sign": mark}, FORMS[form])


def headers(_endpoint: WebhookEndpoint, _delivery: Delivery, _at: datetime) -> dict[str, str]:
    """What a delivery is sent with; nothing in it proves anything."""
    return {"Content-Type": "application/json", "User-Agent": "GuzzleHttp/7", "Accept": "application/json"}
