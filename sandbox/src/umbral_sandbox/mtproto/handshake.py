"""Server side of the key exchange: three plain requests, after which both sides share an auth key."""

import os
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from telethon.crypto import AES
from telethon.extensions import BinaryReader
from telethon.tl import functions, types

from umbral_sandbox.mtproto.cipher import AUTH_KEY_BYTES, exchange_keys
from umbral_sandbox.mtproto.codec import UNREADABLE
from umbral_sandbox.mtproto.dh import DH_GENERATOR, DH_PRIME, in_safe_range
from umbral_sandbox.mtproto.server_key import ServerKey


class HandshakeError(Exception):
    """Raised if a client's message does not belong to the key exchange; the connection ends."""


@dataclass(slots=True)
class _Exchange:
    """State of one attempt between its messages."""

    nonce: int
    server_nonce: int
    p: int
    q: int
    new_nonce: bytes = b""
    secret: int = 0


class Handshake:
    """Key exchange of one connection; an attempt may be abandoned and restarted."""

    def __init__(self, server_key: ServerKey, keep: Callable[[bytes], bool]) -> None:
        """Create the exchange of a connection. keep: function that stores a key, and returns False if the client must
        agree on another key.
        """
        self._server_key = server_key
        self._keep = keep
        self._exchange: _Exchange | None = None

    def answer(self, request: Any) -> Any:
        """Return the TL object that answers this plain request; raise HandshakeError if the request does not fit the
        exchange.
        """
        if isinstance(request, functions.ReqPqMultiRequest | functions.ReqPqRequest):
            return self._offer_pq(request.nonce)
        if not isinstance(request, functions.ReqDHParamsRequest | functions.SetClientDHParamsRequest):
            raise HandshakeError(f"{type(request).__name__} outside an encrypted session")
        exchange = self._exchange
        if exchange is None or (request.nonce, request.server_nonce) != (
            exchange.nonce,
            exchange.server_nonce,
        ):
            raise HandshakeError("nonces of another exchange")
        if isinstance(request, functions.ReqDHParamsRequest):
            return self._offer_dh(exchange, request)
        return self._finish(exchange, request)

    def _offer_pq(self, nonce: int) -> Any:
        p, q = random.choice(_SMALL_PRIMES), random.choice(_LARGE_PRIMES)
        server_nonce = int.from_bytes(os.urandom(16), "little", signed=True)
        self._exchange = _Exchange(nonce, server_nonce, p, q)
        return types.ResPQ(
            nonce=nonce,
            server_nonce=server_nonce,
            pq=(p * q).to_bytes(8, "big"),
            server_public_key_fingerprints=[self._server_key.fingerprint],
        )

    def _offer_dh(self, exchange: _Exchange, request: Any) -> Any:
        if (_number(request.p), _number(request.q)) != (exchange.p, exchange.q):
            raise HandshakeError("pq was not factorised")
        if request.public_key_fingerprint != self._server_key.fingerprint:
            raise HandshakeError("another server's public key")
        inner = self._open_inner(request.encrypted_data)
        if (inner.nonce, inner.server_nonce) != (exchange.nonce, exchange.server_nonce):
            raise HandshakeError("inner nonces do not match")
        exchange.new_nonce = inner.new_nonce.to_bytes(32, "little", signed=True)
        public, exchange.secret = _dh_pair()
        inner_answer = types.ServerDHInnerData(
            nonce=exchange.nonce,
            server_nonce=exchange.server_nonce,
            g=DH_GENERATOR,
            dh_prime=_big_endian(DH_PRIME),
            g_a=_big_endian(public),
            server_time=int(time.time()),
        )
        return types.ServerDHParamsOk(
            nonce=exchange.nonce,
            server_nonce=exchange.server_nonce,
            encrypted_answer=AES.encrypt_ige(_hashed(bytes(inner_answer)), *_keys(exchange)),
        )

    def _open_inner(self, encrypted: bytes) -> Any:
        block = self._server_key.decrypt(encrypted)
        inner, used = _parse(block[21:])
        if _sha1(block[21 : 21 + used]) != block[1:21] or not isinstance(
            inner, types.PQInnerData | types.PQInnerDataDc
        ):
            raise HandshakeError("inner data is damaged")
        return inner

    def _finish(self, exchange: _Exchange, request: Any) -> Any:
        if not exchange.secret or len(request.encrypted_data) % 16:
            raise HandshakeError("no Diffie-Hellman parameters were asked for")
        plain = AES.decrypt_ige(request.encrypted_data, *_keys(exchange))
        inner, used = _parse(plain[20:])
        if _sha1(plain[20 : 20 + used]) != plain[:20] or not isinstance(inner, types.ClientDHInnerData):
            raise HandshakeError("client's Diffie-Hellman data is damaged")
        g_b = _number(inner.g_b)
        if not in_safe_range(g_b):
            raise HandshakeError("g_b is out of range")
        key = pow(g_b, exchange.secret, DH_PRIME).to_bytes(AUTH_KEY_BYTES, "big")
        # Clients that drop leading zero bytes would derive another key; dh_gen_retry makes them try again.
        if key[0] == 0 or not self._keep(key):
            return types.DhGenRetry(
                nonce=exchange.nonce,
                server_nonce=exchange.server_nonce,
                new_nonce_hash2=_nonce_hash(exchange, key, 2),
            )
        self._exchange = None
        return types.DhGenOk(
            nonce=exchange.nonce,
            server_nonce=exchange.server_nonce,
            new_nonce_hash1=_nonce_hash(exchange, key, 1),
        )


def _keys(exchange: _Exchange) -> tuple[bytes, bytes]:
    return exchange_keys(exchange.server_nonce.to_bytes(16, "little", signed=True), exchange.new_nonce)


def _nonce_hash(exchange: _Exchange, key: bytes, number: int) -> int:
    hashed = _sha1(exchange.new_nonce + bytes([number]) + _sha1(key)[:8])
    return int.from_bytes(hashed[4:20], "little", signed=True)


def _dh_pair() -> tuple[int, int]:
    while True:
        secret = secrets.randbits(2048)
        public = pow(DH_GENERATOR, secret, DH_PRIME)
        if in_safe_range(public):
            return public, secret


def _hashed(data: bytes) -> bytes:
    return _sha1(data) + data + os.urandom(-(len(data) + 20) % 16)


def _parse(data: bytes) -> tuple[Any, int]:
    reader = BinaryReader(data)
    try:
        return reader.tgread_object(), reader.tell_position()
    except UNREADABLE as error:
        raise HandshakeError("what was decrypted is not TL") from error


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _primes_between(low: int, high: int) -> list[int]:
    return [n for n in range(low | 1, high, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


# Clients only have to solve the puzzle, and the cost grows with its smaller factor. With two factors of similar size,
# Telethon's rho finds both in the same step once in 300 times, and answers 1 and pq.
_SMALL_PRIMES = _primes_between(1_000, 1_500)
_LARGE_PRIMES = (2_147_483_579, 2_147_483_587, 2_147_483_629, 2_147_483_647)
