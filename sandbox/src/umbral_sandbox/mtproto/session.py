"""Client session on one connection: message ids, salts, containers, service messages, results."""

import asyncio
import logging
import struct
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from telethon.tl import functions, types

from umbral_sandbox.mtproto.cipher import Plaintext, encrypt
from umbral_sandbox.mtproto.client_keys import ClientKey
from umbral_sandbox.mtproto.codec import decode_request, rpc_result, unpack
from umbral_sandbox.mtproto.refusals import ConnectionCutError, RpcError

logger = logging.getLogger(__name__)

# Maximum difference between a client's message id and our time, in seconds: core.telegram.org/mtproto/description.
TOO_OLD_S, TOO_NEW_S = 300, 30
SALT_LIFE_S = 30 * 60
# Number of kept results: a repeated message id gets the same result and is not executed again.
KEPT_ANSWERS = 200


class Line(Protocol):
    """Interface of a session's connection."""

    def send(self, packet: bytes) -> None:
        """Send one packet; do nothing once the connection is closed."""

    def abort(self) -> None:
        """Cut the connection."""

    def hang_up_in(self, seconds: float) -> None:
        """Cut the connection after this delay, in real time; each call replaces the previous one."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine that may outlive the connection."""


# Function that runs one request and returns the bytes of its answer (result or rpc_error); raises ConnectionCutError.
Serve = Callable[[ClientKey, Any], Awaitable[bytes]]


class Session:
    """State and messages of one session id."""

    def __init__(self, line: Line, key: ClientKey, session_id: int, salt: int, serve: Serve) -> None:
        self.session_id = session_id
        self._line = line
        self._key = key
        self._salt = salt
        self._serve = serve
        self._announced = False
        self._last_msg_id = 0
        self._content_sent = 0
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._answers: dict[int, bytes] = {}

    def receive(self, message: Plaintext) -> None:
        """Handle one decrypted message of the client."""
        if message.salt != self._salt:
            self._send(types.BadServerSalt(message.msg_id, message.seq_no, 48, self._salt))
            return
        complaint = _complaint(message.msg_id)
        if complaint:
            self._send(types.BadMsgNotification(message.msg_id, message.seq_no, complaint))
            return
        if not self._announced:
            self._announced = True
            created = types.NewSessionCreated(message.msg_id, self.session_id, self._salt)
            self._send(created, content=True)
        self._receive_all(message)

    def _receive_all(self, message: Plaintext) -> None:
        to_acknowledge = []
        try:
            for msg_id, seq_no, body in unpack(message.msg_id, message.seq_no, message.body):
                self._receive_one(msg_id, body)
                if seq_no % 2:
                    to_acknowledge.append(msg_id)
        except (struct.error, RpcError):
            self._send(types.BadMsgNotification(message.msg_id, message.seq_no, 64))
            return
        if to_acknowledge:
            self._send(types.MsgsAck(to_acknowledge))

    def _receive_one(self, msg_id: int, body: bytes) -> None:
        if msg_id in self._answers:
            self._send_raw(self._answers[msg_id], content=True)
            return
        if msg_id in self._calls:
            return
        try:
            request = decode_request(body)
        except RpcError as error:
            logger.warning("cannot read a request: %s", error)
            self._answer(msg_id, bytes(types.RpcError(error.code, error.name)))
            return
        if not self._service(msg_id, request):
            self._calls[msg_id] = self._line.spawn(self._call(msg_id, request))

    def _service(self, msg_id: int, request: Any) -> bool:
        """Handle a protocol message; return False for a remote procedure call."""
        if isinstance(request, functions.PingRequest | functions.PingDelayDisconnectRequest):
            if isinstance(request, functions.PingDelayDisconnectRequest):
                self._line.hang_up_in(request.disconnect_delay)
            self._send(types.Pong(msg_id, request.ping_id), content=True)
        elif isinstance(request, functions.GetFutureSaltsRequest):
            now = int(time.time())
            salt = types.FutureSalt(now, now + SALT_LIFE_S, self._salt)
            self._send(types.FutureSalts(msg_id, now, [salt]))
        elif isinstance(request, functions.DestroySessionRequest):
            self._send(types.DestroySessionNone(request.session_id))
        elif isinstance(request, functions.RpcDropAnswerRequest):
            self._answer(msg_id, bytes(types.RpcAnswerUnknown()))
        elif isinstance(request, types.MsgsStateReq):
            states = "".join(chr(4 if i in self._calls else 1) for i in request.msg_ids)
            self._send(types.MsgsStateInfo(msg_id, states))
        else:
            return isinstance(request, _ONE_WAY)
        return True

    async def _call(self, msg_id: int, request: Any) -> None:
        while isinstance(request, functions.InvokeAfterMsgRequest):
            earlier = self._calls.get(request.msg_id)
            if earlier is not None:
                await asyncio.wait([earlier])
            request = request.query
        try:
            answer = await self._serve(self._key, request)
        except ConnectionCutError:
            self._line.abort()
        else:
            self._answer(msg_id, answer)
        finally:
            self._calls.pop(msg_id, None)

    def _answer(self, msg_id: int, body: bytes) -> None:
        self._answers[msg_id] = rpc_result(msg_id, body)
        if len(self._answers) > KEPT_ANSWERS:
            del self._answers[next(iter(self._answers))]
        self._send_raw(self._answers[msg_id], content=True)

    def _send(self, message: Any, *, content: bool = False) -> None:
        self._send_raw(bytes(message), content=content)

    def _send_raw(self, body: bytes, *, content: bool) -> None:
        body += bytes(-len(body) % 4)
        seq_no = self._content_sent * 2 + content
        self._content_sent += content
        message = Plaintext(self._salt, self.session_id, self._next_msg_id(), seq_no, body)
        self._line.send(encrypt(self._key.secret, message))

    def _next_msg_id(self) -> int:
        # Message ids use wall time, not the world's clock: clients refuse ids from another time.
        self._last_msg_id = max(int(time.time() * (1 << 32)) & ~3 | 1, self._last_msg_id + 4)
        return self._last_msg_id


_ONE_WAY = (types.MsgsAck, types.MsgsStateInfo, types.MsgsAllInfo, types.MsgResendReq, types.HttpWait)


def _complaint(msg_id: int) -> int:
    """Return the error code of bad_msg_notification for this message id; 0 if the id is valid."""
    if msg_id % 4:
        return 18
    age = time.time() - (msg_id >> 32)
    if age > TOO_OLD_S:
        return 16
    return 17 if -age > TOO_NEW_S else 0
