"""Faults on the API as its clients see them."""

import inspect
import json

from fastapi import Request, Response

from umbral_sandbox.world.faults import FaultDrop, FaultError, FaultFlood, WireFault

_KINDS = {400: "invalid_request_error", 401: "invalid_request_error", 402: "card_error", 403: "invalid_request_error"}


async def render_fault(fault: WireFault, request: Request, request_id: str) -> Response:
    """The answer to a call that a fault happened to; a cut connection raises the fault on."""
    match fault:
        case FaultFlood():
            return _error(429, "rate_limit", "rate_limit_error", "Too many requests.", request_id, fault.seconds)
        case FaultError():
            kind = _KINDS.get(fault.code, "api_error")
            text = "An unknown error occurred. If this continues, contact us."
            return _error(fault.code, None, kind, text, request_id, None)
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


def _error(status: int, code: str | None, kind: str, text: str, request_id: str, retry_after: int | None) -> Response:
    error = {"message": text, "type": kind} | ({"code": code} if code else {})
    headers = {"Request-Id": request_id}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(json.dumps({"error": error}), status, headers, "application/json")
