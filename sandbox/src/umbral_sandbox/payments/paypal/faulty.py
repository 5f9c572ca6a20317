"""Faults on the API as its clients see them."""

import inspect
import json

from fastapi import Request, Response

from umbral_sandbox.payments.paypal.errors import PayPalError
from umbral_sandbox.world.faults import FaultDrop, FaultError, FaultFlood, WireFault

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


async def render_fault(fault: WireFault, request: Request, debug_id: str) -> Response:
    """The answer to a call that a fault happened to; a cut connection raises the fault on."""
    match fault:
        case FaultFlood():
            return _error(429, debug_id, {"Retry-After": str(fault.seconds)})
        case FaultError():
            return _error(fault.code, debug_id, {})
        case FaultDrop():
            abort = request.scope.get("sandbox.abort")
            if not callable(abort):
                raise fault
            outcome = abort()
            if inspect.isawaitable(outcome):
                await outcome
            return Response(status_code=500)
        case _:
            return Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 200, media_type="text/html")


def _error(status: int, debug_id: str, headers: dict[str, str]) -> Response:
    error = PayPalError(_NAMES.get(status, "INTERNAL_SERVER_ERROR"), status=status)
    body = json.dumps(error.body(debug_id))
    return Response(body, status, {"Paypal-Debug-Id": debug_id, **headers}, "application/json")
