"""Encryption with age (age-encryption.org) in authenticated chunks of 64 KiB, so that a truncated file cannot be
decrypted, and signature.
"""

from collections.abc import Sequence
from typing import Final

import pyrage
from pyrage import x25519

from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups.errors import Unreadable, first_line
from subscriptions.infrastructure.backups.signing import (
    PREFIX,
    SigningSource,
    VerifyingSink,
    derive_signing_key,
    parse_signing_key,
    write_signing_key,
)
from subscriptions.infrastructure.backups.store import Readable, Writable

_OF_ANOTHER: Final = "No matching keys"
_PUBLIC: Final = "age1"


class Keys:
    """Keys of backups: age identities (private keys), recipients (public keys) and signing keys. The first key
    encrypts; every identity decrypts.

    A signing key belongs to each identity. It signs, together with a recipient, the backups of a worker that may not
    decrypt them.
    """

    def __init__(self, keys_text: str) -> None:
        """keys_text: `AGE-SECRET-KEY-1…` or `age1…,UMBRAL-SIGN-…`, optionally followed by older keys, separated by
        commas

        Raises InvalidInput("BACKUP_KEY") if a key is invalid.
        """
        parts = [each.strip() for each in keys_text.split(",")]
        signing = [each for each in parts if each.startswith(PREFIX)]
        sealing = [each for each in parts if not each.startswith(PREFIX)] or [""]
        try:
            self._identities = [x25519.Identity.from_str(each) for each in sealing if not each.startswith(_PUBLIC)]
            self._recipient = (
                x25519.Recipient.from_str(sealing[0])
                if sealing[0].startswith(_PUBLIC)
                else self._identities[0].to_public()
            )
            derived = [derive_signing_key(str(each)) for each in self._identities]
            own = derived[:1] if not sealing[0].startswith(_PUBLIC) else []
            given = [parse_signing_key(each) for each in signing]
        except (pyrage.IdentityError, pyrage.RecipientError, ValueError) as error:
            raise InvalidInput(
                "BACKUP_KEY", "must be an age identity, AGE-SECRET-KEY-1…; `umbral backup --new-key` makes one"
            ) from error
        self._signer = next(iter(own + given), None)
        self._trusted = [each.public_key() for each in (*derived, *given)]

    @property
    def public(self) -> str:
        """Public half of the first key, which can only encrypt."""
        return str(self._recipient)

    @property
    def worker_half(self) -> str:
        """Public half of the first key with its signing key, which can encrypt and sign backups."""
        return self.public if self._signer is None else f"{self.public},{write_signing_key(self._signer)}"

    @property
    def opens(self) -> bool:
        """True if there is a private key, which can decrypt."""
        return bool(self._identities)

    @property
    def signs(self) -> bool:
        """True if there is a signing key."""
        return self._signer is not None

    @staticmethod
    def fresh() -> str:
        """Generate a new private key (age identity)."""
        return str(x25519.Identity.generate())

    def seal(self, source: Readable, sink: Writable) -> None:
        """Sign `source` if there is a signing key, and encrypt it into `sink`. UmbralErrors of the source or the sink
        are raised unchanged; other failures raise BackupFailed.
        """
        reader, target = _Source(source if self._signer is None else SigningSource(source, self._signer)), _Target(sink)
        try:
            pyrage.encrypt_io(reader, target, [self._recipient])
        except (pyrage.EncryptError, OSError) as error:
            raise _cause([reader, target], BackupFailed(f"it could not be sealed: {first_line(error)}")) from error

    def open(self, source: Readable, sink: Writable, *, is_unsigned: bool = False) -> None:
        """Decrypt `source` into `sink`. Raises Unreadable if the data is truncated, changed, encrypted with another key
        or not signed by this shop.

        is_unsigned: True to accept data without a signature of this shop
        """
        if not self.opens:
            raise Unreadable("BACKUP_KEY is the public half of a key, which opens nothing; set the private one")
        verified = VerifyingSink(sink, None if is_unsigned else self._trusted)
        reader, target = _Source(source), _Target(verified)
        try:
            pyrage.decrypt_io(reader, target, self._identities)
        except (pyrage.DecryptError, OSError) as error:
            other = _OF_ANOTHER in str(error)
            reason = (
                "BACKUP_KEY is not the key it was sealed with"
                if other
                else "it is cut off, damaged, or no backup of ours; take another one"
            )
            raise _cause([reader, target], Unreadable(reason)) from error
        verified.finish()


class _Source:
    def __init__(self, source: Readable) -> None:
        self._source = source
        self.failure: UmbralError | None = None

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._source.read(size)
        except UmbralError as error:
            self.failure = error
            raise


class _Target:
    def __init__(self, sink: Writable) -> None:
        self._sink = sink
        self.failure: UmbralError | None = None

    def write(self, data: bytes, /) -> int:
        try:
            return self._sink.write(bytes(data))
        except UmbralError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """Do nothing; the data is complete when the caller closes the sink."""


def _cause(ends: Sequence[_Source | _Target], umbral_error: UmbralError) -> UmbralError:
    """Return the original error of the source or the sink. The library raises its own error instead, with only the text
    of the original.
    """
    return next((each.failure for each in ends if each.failure is not None), umbral_error)
