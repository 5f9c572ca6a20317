"""Encryption with age (age-encryption.org) in authenticated chunks of 64 KiB, so that a truncated file cannot be
decrypted.
"""

from collections.abc import Sequence
from typing import Final

import pyrage
from pyrage import x25519

from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups.errors import Unreadable, first_line
from subscriptions.infrastructure.backups.store import Readable, Writable

_OF_ANOTHER: Final = "No matching keys"
_PUBLIC: Final = "age1"


class Keys:
    """Encryption keys of backups: age identities (private keys) and recipients (public keys). The first key encrypts;
    every identity decrypts.
    """

    def __init__(self, keys_text: str) -> None:
        """keys_text: `AGE-SECRET-KEY-1…` or `age1…`, optionally followed by older keys, separated by commas

        Raises InvalidInput("BACKUP_KEY") if a key is invalid.
        """
        parts = [each.strip() for each in keys_text.split(",")]
        try:
            self._identities = [x25519.Identity.from_str(each) for each in parts if not each.startswith(_PUBLIC)]
            self._recipient = (
                x25519.Recipient.from_str(parts[0]) if parts[0].startswith(_PUBLIC) else self._identities[0].to_public()
            )
        except (pyrage.IdentityError, pyrage.RecipientError) as error:
            raise InvalidInput(
                "BACKUP_KEY", "must be an age identity, AGE-SECRET-KEY-1…; `umbral backup --new-key` makes one"
            ) from error

    @property
    def public(self) -> str:
        """Public half of the first key, which can only encrypt."""
        return str(self._recipient)

    @property
    def opens(self) -> bool:
        """True if there is a private key, which can decrypt."""
        return bool(self._identities)

    @staticmethod
    def fresh() -> str:
        """Generate a new private key (age identity)."""
        return str(x25519.Identity.generate())

    def seal(self, source: Readable, sink: Writable) -> None:
        """Encrypt `source` into `sink`. UmbralErrors of the source or the sink are raised unchanged; other failures
        raise BackupFailed.
        """
        reader, target = _Source(source), _Target(sink)
        try:
            pyrage.encrypt_io(reader, target, [self._recipient])
        except (pyrage.EncryptError, OSError) as error:
            raise _cause([reader, target], BackupFailed(f"it could not be sealed: {first_line(error)}")) from error

    def open(self, source: Readable, sink: Writable) -> None:
        """Decrypt `source` into `sink`. Raises Unreadable if the data is truncated, changed or encrypted with another
        key.
        """
        if not self.opens:
            raise Unreadable("BACKUP_KEY is the public half of a key, which opens nothing; set the private one")
        reader, target = _Source(source), _Target(sink)
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
