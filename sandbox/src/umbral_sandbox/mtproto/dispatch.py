"""Dispatch of a decoded request to its handler, including invoke wrappers, the login check, the call log, injected
faults and errors.
"""

import logging
from typing import Any

from telethon.tl import functions, types
from telethon.tl.alltlobjects import LAYER

from umbral_sandbox.mtproto.calls import DataCentreState, Handlers, RpcCall
from umbral_sandbox.mtproto.client_keys import ClientKey
from umbral_sandbox.mtproto.codec import UNKNOWN_CONSTRUCTOR, describe, encode_result, method_name
from umbral_sandbox.mtproto.refusals import ConnectionCutError, RpcError
from umbral_sandbox.world.faults import FaultDrop, FaultError, FaultFlood, FaultGarbage, FaultNamed, WireFault
from umbral_sandbox.world.telegram.refusal import Refused

logger = logging.getLogger(__name__)

PROTOCOL = "mtproto"
NAMED_FAULTS = {
    "channels_too_much": (400, "CHANNELS_TOO_MUCH"),
    "auth_lost": (401, "AUTH_KEY_UNREGISTERED"),
    "restricted": (403, "USER_RESTRICTED"),
}
FAULT_CODES = {
    400: "BAD_REQUEST",
    401: "AUTH_KEY_UNREGISTERED",
    403: "USER_RESTRICTED",
    404: "METHOD_INVALID",
    406: "AUTH_KEY_DUPLICATED",
    420: "FLOOD_WAIT_30",
    500: "RPC_CALL_FAIL",
    503: "TIMEOUT",
}


class Dispatcher:
    """Dispatcher of requests to the handlers of all areas."""

    def __init__(self, centre: DataCentreState, handlers: Handlers, before_login: frozenset[type[Any]]) -> None:
        self._centre = centre
        self._handlers = handlers
        self._before_login = before_login
        names = {kind.__name__.removesuffix("Request") for kind in handlers}
        centre.world.wire.known_methods.setdefault(PROTOCOL, set()).update(names)

    async def serve(self, key: ClientKey, wrapped: Any) -> bytes:
        """Return a result or an rpc_error as bytes; raise ConnectionCutError if the call gets no response."""
        request = wrapped
        try:
            request = self._unwrap(key, wrapped)
            return await self._run(RpcCall(self._centre, key), request)
        except RpcError as error:
            return bytes(types.RpcError(error.code, error.name))
        except FaultDrop as fault:
            raise ConnectionCutError from fault
        except FaultGarbage:
            return UNKNOWN_CONSTRUCTOR
        except WireFault as fault:
            code, name = _rendered(fault)
            return bytes(types.RpcError(code, name))
        except Exception:
            # As on a real server, a bug in one call is a 500 for its caller and a logged trace.
            logger.exception("%s failed", method_name(request))
            return bytes(types.RpcError(500, "INTERNAL"))

    def _unwrap(self, key: ClientKey, request: Any) -> Any:
        """Unwrap the invoke wrappers and record the layer; raise RpcError for an invalid wrapper."""
        while True:
            match request:
                case functions.InvokeWithLayerRequest():
                    if request.layer != LAYER:
                        raise RpcError(400, "INPUT_LAYER_INVALID")
                case functions.InitConnectionRequest():
                    if request.api_id <= 0:
                        raise RpcError(400, "API_ID_INVALID")
                    key.layer = LAYER
                case functions.InvokeWithoutUpdatesRequest():
                    pass
                case _:
                    return request
            request = request.query

    async def _run(self, call: RpcCall, request: Any) -> bytes:
        name = method_name(request)
        unnamed = f"key {call.key.key_id:016x}"
        account_id = call.key.account_id
        who = str(account_id) if account_id is not None else str(getattr(request, "phone_number", unnamed))
        fields = describe(request)
        return await self._centre.world.wire.run(
            PROTOCOL,
            protocol=PROTOCOL,
            who=who,
            method=name,
            params=fields,
            act=lambda: self._act(call, request),
        )

    def _act(self, call: RpcCall, request: Any) -> bytes:
        if call.key.revoked:
            raise RpcError(406, "AUTH_KEY_DUPLICATED")
        if call.key.layer is None:
            raise RpcError(400, "CONNECTION_NOT_INITED")
        handler = self._handlers.get(type(request))
        if handler is None:
            logger.warning("the sandbox does not simulate %s", type(request).__name__)
            raise RpcError(400, f"METHOD_NOT_SIMULATED_{method_name(request)}")
        if type(request) not in self._before_login and call.key.account_id is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        try:
            if call.key.account_id is not None:
                call.world.telegram.people.living(call.key.account_id)
            return encode_result(handler(call, request))
        except Refused as refused:
            raise RpcError(refused.code, refused.name) from refused


def _rendered(fault: WireFault) -> tuple[int, str]:
    match fault:
        case FaultFlood():
            return 420, f"FLOOD_WAIT_{fault.seconds}"
        case FaultError():
            return fault.code, FAULT_CODES.get(fault.code, f"SANDBOX_FAULT_{fault.code}")
        case FaultNamed():
            return NAMED_FAULTS[fault.name]
        case _:
            return 500, "INTERNAL"
