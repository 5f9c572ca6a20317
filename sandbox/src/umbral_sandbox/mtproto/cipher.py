"""MTProto 2.0 encryption as the server applies it, and the keys of the key exchange."""

import os
import struct
from dataclasses import dataclass
from hashlib import sha1, sha256

from telethon.crypto import AES

AUTH_KEY_BYTES = 256
MIN_PADDING, MAX_PADDING = 12, 1024
# Offsets into the auth key: x = 0 for packets that the client encrypts, x = 8 for those that the server encrypts.
FROM_CLIENT, FROM_SERVER = 0, 8


class CipherError(Exception):
    """Raised if a packet was tampered with, or is not encrypted with the key that it names."""


@dataclass(frozen=True, slots=True)
class Plaintext:
    """Content of a client's encrypted packet: one message with its envelope."""

    salt: int
    session_id: int
    msg_id: int
    seq_no: int
    body: bytes


def auth_key_id(key: bytes) -> int:
    """Return the 64-bit id of an auth key (the lower half of its SHA-1)."""
    return int.from_bytes(sha1(key, usedforsecurity=False).digest()[-8:], "little")


def decrypt(key: bytes, packet: bytes) -> Plaintext:
    """Decrypt one client packet (key id, message key, ciphertext); raise CipherError for an invalid packet."""
    msg_key, ciphertext = packet[8:24], packet[24:]
    if not ciphertext or len(ciphertext) % 16:
        raise CipherError("ciphertext is not a whole number of blocks")
    plain: bytes = AES.decrypt_ige(ciphertext, *_message_keys(key, msg_key, FROM_CLIENT))
    if _message_key(key, plain, FROM_CLIENT) != msg_key:
        raise CipherError("message key does not match")
    salt, session_id, msg_id, seq_no, length = struct.unpack_from("<qqqii", plain)
    if length < 0 or length % 4 or not MIN_PADDING <= len(plain) - 32 - length <= MAX_PADDING:
        raise CipherError("message length does not fit the padding")
    return Plaintext(salt, session_id, msg_id, seq_no, plain[32 : 32 + length])


def encrypt(key: bytes, message: Plaintext) -> bytes:
    """Encrypt one server message into a packet."""
    head = struct.pack("<qqqii", message.salt, message.session_id, message.msg_id, message.seq_no, len(message.body))
    data = head + message.body
    data += os.urandom(-(len(data) + MIN_PADDING) % 16 + MIN_PADDING)
    msg_key = _message_key(key, data, FROM_SERVER)
    sealed: bytes = AES.encrypt_ige(data, *_message_keys(key, msg_key, FROM_SERVER))
    return struct.pack("<Q", auth_key_id(key)) + msg_key + sealed


def exchange_keys(server_nonce: bytes, new_nonce: bytes) -> tuple[bytes, bytes]:
    """Return the temporary AES key and vector of the key exchange, from its two nonces."""
    hash1 = _sha1(new_nonce + server_nonce)
    hash2 = _sha1(server_nonce + new_nonce)
    hash3 = _sha1(new_nonce + new_nonce)
    return hash1 + hash2[:12], hash2[12:20] + hash3 + new_nonce[:4]


def _message_key(key: bytes, padded: bytes, x: int) -> bytes:
    return sha256(key[88 + x : 120 + x] + padded).digest()[8:24]


def _message_keys(key: bytes, msg_key: bytes, x: int) -> tuple[bytes, bytes]:
    a = sha256(msg_key + key[x : x + 36]).digest()
    b = sha256(key[x + 40 : x + 76] + msg_key).digest()
    return a[:8] + b[8:24] + a[24:32], b[:8] + a[8:24] + b[24:32]


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()
