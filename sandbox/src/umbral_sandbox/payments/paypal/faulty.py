"""Error responses of the PayPal API for injected faults."""

import json

from fastapi import Response

from umbral_sandbox.payments.paypal.errors import PayPalError

_NAMES = {
    400: "INVALID_REQUEST",
    401: "AUTHENTICATION_FAILURE",
    403: "NOT_AUTHORIZED",
    404: "RESOURCE_NOT_FOUND",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE_ENTITY",
    429: "RATE_LIMIT_REACHED",
    503: "SERVICE_UNAVAILABLE",
}


def render_fault(debug_id: str, status: int, headers: dict[str, str]) -> Response:
    """Return the error response for an injected fault."""
    error = PayPalError(_NAMES.get(status, "INTERNAL_SERVER_ERROR"), status=status)
    body = json.dumps(error.body(debug_id))
    return Response(body, status, {"Paypal-Debug-Id": debug_id, **headers}, "application/json")
