"""Error responses of the Stripe API for injected faults."""

import json

from fastapi import Response

_KINDS = {400: "invalid_request_error", 401: "invalid_request_error", 402: "card_error", 403: "invalid_request_error"}


def render_fault(request_id: str, status: int, headers: dict[str, str]) -> Response:
    """Return the error response for an injected fault."""
    error = {"message": "An unknown error occurred. If this continues, contact us."}
    error["type"] = _KINDS.get(status, "api_error")
    if "Retry-After" in headers:
        error = {"message": "Too many requests.", "type": "rate_limit_error", "code": "rate_limit"}
    return Response(json.dumps({"error": error}), status, {"Request-Id": request_id, **headers}, "application/json")
