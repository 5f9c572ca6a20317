"""Signature of backups with Ed25519 (RFC 8032). Each part of a backup is signed separately, so that no byte is used
before its signature is verified. The signature covers the backup's nonce, the part's number and whether the part is the
last one, so that parts cannot be exchanged, repeated or left out.

A signed backup is, inside its encryption: `MAGIC`, a nonce of 16 bytes, and the parts. A part is its length in four
bytes, one byte that is 1 for the last part, the data, and the signature of 64 bytes.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from secrets import token_bytes
from struct import Struct
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from subscriptions.infrastructure.backups.errors import Unreadable
from subscriptions.infrastructure.backups.store import Readable, Writable

PREFIX: Final = "UMBRAL-SIGN-"
MAGIC: Final = b"umbral signed backup 1\n"
_PART: Final = 1024 * 1024
_HEAD: Final = Struct(">IB")
_NONCE: Final = 16
_SIGNATURE: Final = 64
_SEED: Final = 32
_DAMAGED: Final = "it is cut off, damaged, or no backup of ours; take another one"


def derive_signing_key(identity: str) -> Ed25519PrivateKey:
    """Return the signing key that belongs to a private encryption key."""
    derivation = HKDF(algorithm=SHA256(), length=_SEED, salt=None, info=b"umbral: signature of backups")
    return Ed25519PrivateKey.from_private_bytes(derivation.derive(identity.encode()))


def write_signing_key(key: Ed25519PrivateKey) -> str:
    """Return a signing key as text."""
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return PREFIX + urlsafe_b64encode(seed).decode().rstrip("=")


def parse_signing_key(text: str) -> Ed25519PrivateKey:
    """Parse the text that `write_signing_key` returned. Raises ValueError for any other text."""
    encoded = text.removeprefix(PREFIX)
    return Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


class SigningSource:
    """Source that returns the data of another source as a signed backup."""

    def __init__(self, source: Readable, key: Ed25519PrivateKey) -> None:
        self._source, self._key = source, key
        self._nonce, self._number, self._is_over = token_bytes(_NONCE), 0, False
        self._ready = MAGIC + self._nonce
        self._next = b""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        while not self._ready and not self._is_over:
            self._ready = self._part()
        chunk, self._ready = self._ready[:size], self._ready[size:]
        return chunk

    def _part(self) -> bytes:
        data = self._next or self._fill()
        self._next = self._fill() if data else b""
        self._is_over = not self._next
        head = _HEAD.pack(len(data), self._is_over)
        signature = self._key.sign(_message(self._nonce, self._number, head, data))
        self._number += 1
        return head + data + signature

    def _fill(self) -> bytes:
        pieces, missing = list[bytes](), _PART
        while missing and (piece := self._source.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)


class VerifyingSink:
    """Sink that forwards the data of a signed backup, each part after its signature was verified.

    trusted: keys of which one must have signed the backup. None accepts every backup, also one without a signature
    """

    def __init__(self, target: Writable, trusted: Sequence[Ed25519PublicKey] | None) -> None:
        self._target, self._trusted = target, trusted
        self._buffer = b""
        self._nonce: bytes | None = None
        self._number, self._is_plain, self._is_over = 0, False, False

    def write(self, data: bytes, /) -> int:
        """Raises Unreadable if the backup has no valid signature."""
        if self._is_plain:
            return self._target.write(data)
        self._buffer += data
        if self._nonce is None and len(self._buffer) >= len(MAGIC) + _NONCE:
            self._begin()
        while self._nonce is not None and self._take_part():
            continue
        return len(data)

    def finish(self) -> None:
        """Raises Unreadable if the backup ended before its last part."""
        if self._nonce is None and not self._is_plain:
            self._begin()
        if not self._is_plain and (self._buffer or not self._is_over):
            raise Unreadable(_DAMAGED)

    def _begin(self) -> None:
        if self._buffer.startswith(MAGIC) and len(self._buffer) >= len(MAGIC) + _NONCE:
            self._nonce = self._buffer[len(MAGIC) : len(MAGIC) + _NONCE]
            self._buffer = self._buffer[len(MAGIC) + _NONCE :]
            return
        if self._trusted is not None:
            raise Unreadable(
                "it has no signature of this shop: anyone with the public half of BACKUP_KEY could have made it. If you"
                " know where it comes from, such as a backup of an earlier version, add --unsigned"
            )
        self._is_plain, buffered = True, self._buffer
        self._buffer = b""
        if buffered:
            self._target.write(buffered)

    def _take_part(self) -> bool:
        if len(self._buffer) < _HEAD.size:
            return False
        length, last = _HEAD.unpack_from(self._buffer)
        if self._is_over or length > _PART:
            raise Unreadable(_DAMAGED)
        end = _HEAD.size + length
        if len(self._buffer) < end + _SIGNATURE:
            return False
        head, data = self._buffer[: _HEAD.size], self._buffer[_HEAD.size : end]
        self._require_signature(_message(self._nonce or b"", self._number, head, data), self._buffer[end:][:_SIGNATURE])
        self._buffer = self._buffer[end + _SIGNATURE :]
        self._number, self._is_over = self._number + 1, bool(last)
        self._target.write(data)
        return True

    def _require_signature(self, message: bytes, signature: bytes) -> None:
        if self._trusted is not None and not any(_verifies(each, message, signature) for each in self._trusted):
            raise Unreadable(
                "its signature is not of a key in BACKUP_KEY: bring back the key of then, or add --unsigned if you know"
                " where the backup comes from"
            )


def _message(nonce: bytes, number: int, head: bytes, data: bytes) -> bytes:
    return b"".join((MAGIC, nonce, number.to_bytes(8), head, data))


def _verifies(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
