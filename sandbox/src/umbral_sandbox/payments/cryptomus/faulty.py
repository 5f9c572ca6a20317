"""Faults on the API as its clients see them."""

import inspect

from fastapi import Request, Response

from umbral_sandbox.payments.cryptomus.phpjson import Flags, encode
from umbral_sandbox.world.faults import FaultDrop, FaultError, FaultFlood, WireFault


async def render_fault(fault: WireFault, request: Request) -> Response:
    """The answer to a call that a fault happened to; a cut connection raises the fault on."""
    match fault:
        case FaultFlood():
            return _message(429, "Too Many Attempts.", {"Retry-After": str(fault.seconds)})
        case FaultError():
            return _message(fault.code, "Server Error" if fault.code >= 500 else "Something went wrong", {})
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


def _message(status: int, text: str, headers: dict[str, str]) -> Response:
    return Response(encode({"message": text}, Flags()), status, headers, "application/json")
