"""Error responses of the Cryptomus API for injected faults."""

from fastapi import Response

from umbral_sandbox.payments.cryptomus.phpjson import Flags, encode


def render_fault(status: int, headers: dict[str, str]) -> Response:
    """Return the error response for an injected fault."""
    text = "Server Error" if status >= 500 else "Something went wrong"
    if "Retry-After" in headers:
        text = "Too Many Attempts."
    return Response(encode({"message": text}, Flags()), status, headers, "application/json")
