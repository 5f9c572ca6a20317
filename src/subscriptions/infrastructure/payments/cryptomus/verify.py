"""Verification of the provider's signature: the MD5 of the base64-encoded body followed by the key.

The signature contains no time and MD5 is weak, so a webhook is only a hint. The content of a webhook is used only after
it was fetched from the API.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from pydantic import SecretStr

from subscriptions.domain.ports.payment_gateway import InvalidSignature, MalformedWebhook, WebhookRequest
from subscriptions.infrastructure.payments.cryptomus import php_json
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER

MEMBER: Final = "sign"

_HEX = re.compile(r"[0-9a-f]{32}\Z")


def signature(body: bytes, key: SecretStr) -> str:
    """Return the signature of exactly these bytes."""
    text = base64.b64encode(body) + key.get_secret_value().encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def prove(request: WebhookRequest, secrets: Iterable[SecretStr]) -> dict[str, Any]:
    """Verify the webhook with one of the secrets. Return its content without the signature.

    Raises MalformedWebhook for a body that is not a JSON object, and InvalidSignature if no secret matches.
    """
    text, body = _decode(request.body)
    signature_text = body.pop(MEMBER, None)
    if not isinstance(signature_text, str) or not _HEX.match(signature_text):
        raise InvalidSignature(PROVIDER, "there is no signature in the body")
    candidates = list(_signed_texts(text, body, signature_text))
    if not any(hmac.compare_digest(signature(each, key), signature_text) for key in secrets for each in candidates):
        raise InvalidSignature(PROVIDER, "the signature fits none of our secrets")
    return body


def refuse_stranger(request: WebhookRequest, networks: Sequence[IPv4Network | IPv6Network]) -> None:
    """Raise InvalidSignature if senders are restricted and the sender's address is not permitted."""
    if not networks:
        return
    try:
        address = ip_address(request.remote_ip or "")
    except ValueError:
        raise InvalidSignature(PROVIDER, "the sender's address is not known") from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not any(address in network for network in networks):
        raise InvalidSignature(PROVIDER, "the sender's address is not on our list")


def _decode(raw: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedWebhook(PROVIDER, "the body is not UTF-8") from None
    try:
        value = php_json.parse(text)
    except (ValueError, RecursionError):
        raise MalformedWebhook(PROVIDER, "the body is not JSON, or names a key twice") from None
    if not isinstance(value, dict):
        raise MalformedWebhook(PROVIDER, "the body is not a JSON object")
    return text, value


def _signed_texts(text: str, body: dict[str, Any], signature: str) -> Iterator[bytes]:
    """Yield the texts that may have been signed: the value as PHP writes it, and the received text without the
    signature.

    The first text covers a sender that signs one form and sends another.
    """
    try:
        yield php_json.dump(body).encode()
        member = rf'"{MEMBER}"\s*:\s*"{signature}"'
        signed_text, times = re.subn(rf",\s*{member}|{member}\s*,", "", text)
        if times == 1:
            yield signed_text.encode()
    except (UnicodeEncodeError, RecursionError):
        raise MalformedWebhook(PROVIDER, "the body has half a character, or too many levels") from None
