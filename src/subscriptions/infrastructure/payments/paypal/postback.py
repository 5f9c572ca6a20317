"""The other proof: asking PayPal whether a delivery is its own. Slower, and it needs PayPal to answer."""

import json

from subscriptions.domain.ports.payment_gateway import (
    GatewayError,
    GatewayUnavailable,
    InvalidSignature,
    WebhookRequest,
)
from subscriptions.infrastructure.payments.paypal.names import PROVIDER
from subscriptions.infrastructure.payments.paypal.wire import Wire

_FIELDS = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}


async def confirmed_by_provider(wire: Wire, request: WebhookRequest, webhook_ids: tuple[str, ...]) -> None:
    """Raises InvalidSignature where PayPal says no or lets us not ask, GatewayUnavailable where it gives no answer.

    The caller has seen that the body is one JSON object.
    """
    for webhook_id in webhook_ids:
        try:
            answer = await wire.post("/v1/notifications/verify-webhook-signature", _question(request, webhook_id))
        except GatewayUnavailable:
            raise
        except GatewayError as error:
            raise InvalidSignature(PROVIDER, f"could not be confirmed: {type(error).__name__}") from None
        if answer.text("verification_status") == "SUCCESS":
            return
    raise InvalidSignature(PROVIDER, "PayPal does not confirm it for our webhook's ID")


def _question(request: WebhookRequest, webhook_id: str) -> bytes:
    """The event goes in letter by letter as it came: written anew, `1.0` becomes `1`, and PayPal says FAILURE
    (PayPal-Python-SDK#175, PayPal-node-SDK#412).
    """
    fields = {name: request.headers.get(header, "") for name, header in _FIELDS.items()}
    start = json.dumps({**fields, "webhook_id": webhook_id})
    return start[:-1].encode() + b', "webhook_event": ' + request.body + b"}"
