"""Cryptomus signature, implemented from its public description: MD5 of the body in base64 and the API key."""

import base64
import hashlib
from datetime import datetime

from umbral_sandbox.payments.cryptomus.phpjson import FORMS, SIGNED, encode
from umbral_sandbox.payments.cryptomus.records import JsonObject
from umbral_sandbox.payments.webhooks import Delivery, WebhookEndpoint


def signature(body: bytes, key: str) -> str:
    """Return the ``sign`` of a request, calculated over the exact bytes sent; an empty body counts as an empty text."""
    return hashlib.md5(base64.b64encode(body) + key.encode(), usedforsecurity=False).hexdigest()


def signed(payload: JsonObject, key: str, form: str) -> str:
    """Return a webhook's body as it is sent, with its ``sign`` last. ``sign`` is calculated over all other members."""
    bare = {name: value for name, value in payload.items() if name != "sign"}
    mark = signature(encode(bare, SIGNED).encode(), key)
    return encode({**bare, "sign": mark}, FORMS[form])


def headers(_endpoint: WebhookEndpoint, _delivery: Delivery, _at: datetime) -> dict[str, str]:
    """Return the headers of a delivery, which contain no signature."""
    return {"Content-Type": "application/json", "User-Agent": "GuzzleHttp/7", "Accept": "application/json"}
