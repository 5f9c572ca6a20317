"""Rendering of injected faults for clients of the API."""

from fastapi import Response

from umbral_sandbox.payments.cryptomus.phpjson import Flags, encode


def render_fault(status: int, headers: dict[str, str]) -> Response:
    """Render the response of a faulty call."""
    text = "Server Error" if status >= 500 else "Something went wrong"
    if "Retry-After" in headers:
        text = "Too Many Attempts."
    return Response(encode({"message": text}, Flags()), status, headers, "application/json")
