"""Serialization and parsing of MTProto messages, as far as Telethon's classes do not provide them."""

import gzip
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl.core import GzipPacked, MessageContainer
from telethon.tl.tlobject import TLRequest

from umbral_sandbox.mtproto.refusals import RpcError

RPC_RESULT = 0xF35C6D01
VECTOR = 0x1CB5C415
# A constructor of no layer, which no client can decode.
UNKNOWN_CONSTRUCTOR = struct.pack("<I", 0x0BADF00D) + bytes(16)
GZIP_FROM = 512
# Exceptions of Telethon's readers for malformed bytes.
UNREADABLE = (TypeNotFoundError, BufferError, RuntimeError, ValueError, struct.error, OverflowError)
_TRUE, _FALSE = struct.pack("<I", 0x997275B5), struct.pack("<I", 0xBC799737)


def encode_result(result: Any) -> bytes:
    """Serialise the result of a handler: an object, a Bool, or a Vector of objects or longs."""
    if isinstance(result, bool):
        return _TRUE if result else _FALSE
    if isinstance(result, list):
        items = b"".join(struct.pack("<q", i) if isinstance(i, int) else bytes(i) for i in result)
        return struct.pack("<Ii", VECTOR, len(result)) + items
    return bytes(result)


def rpc_result(msg_id: int, body: bytes) -> bytes:
    """Wrap a result for the request with this message id, compressed if compression makes the result smaller."""
    if len(body) > GZIP_FROM:
        packed = bytes(GzipPacked(body))
        body = packed if len(packed) < len(body) else body
    return struct.pack("<Iq", RPC_RESULT, msg_id) + body


def unpack(msg_id: int, seq_no: int, body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the messages in a body, each decompressed: the message itself, or all messages of a container."""
    constructor = int.from_bytes(body[:4], "little")
    if constructor == GzipPacked.CONSTRUCTOR_ID:
        yield from unpack(msg_id, seq_no, _unzip(body))
    elif constructor == MessageContainer.CONSTRUCTOR_ID:
        (count,) = struct.unpack_from("<i", body, 4)
        position = 8
        for _ in range(count):
            inner_id, inner_seq, length = struct.unpack_from("<qii", body, position)
            position += 16
            yield from unpack(inner_id, inner_seq, body[position : position + length])
            position += length
    else:
        yield msg_id, seq_no, body


def decode_request(body: bytes) -> Any:
    """Parse one message; raise RpcError 400 for a request that is unreadable or that this layer lacks."""
    try:
        return BinaryReader(body).tgread_object()
    except TypeNotFoundError as error:
        raise RpcError(400, f"INPUT_METHOD_INVALID_{error.invalid_constructor_id}") from error
    except UNREADABLE as error:
        raise RpcError(400, "INPUT_FETCH_FAIL") from error


def method_name(request: Any) -> str:
    """Return the TL name without namespace and ``Request``, as used by faults and the call log."""
    return type(request).__name__.removesuffix("Request")


def describe(request: TLRequest) -> dict[str, object]:
    """Return the request's parameters by name, without absent parameters; the call log converts them to JSON."""
    fields: Mapping[str, object] = request.to_dict()
    return {name: _plain(value) for name, value in fields.items() if name != "_" and value is not None}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items() if inner is not None}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _unzip(body: bytes) -> bytes:
    try:
        return gzip.decompress(BinaryReader(body[4:]).tgread_bytes())
    except (OSError, EOFError, zlib.error, BufferError) as error:
        raise RpcError(400, "INPUT_FETCH_FAIL") from error
