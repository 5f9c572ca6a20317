"""Encryption of settings that were entered in the browser: each value for every process that reads it, so that the key
of one process opens only what that process reads.

The master key is 32 bytes in URL-safe base64. From it, a private X25519 key is derived for each process. A value is
encrypted with ChaCha20-Poly1305 under a key that is agreed between a new key and the public key of the process.

There are two kinds of key files: the master key alone, from which everything is derived; and the file of one process,
with its private key and the public keys of all processes.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.telegram.session_vault import SessionVault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEY_FILE: Final = "SETTINGS_KEY_FILE"
READERS: Final = ("web", "worker", "bot", "userbot")
"""Processes that read settings."""
_PRIVATE: Final = "private"
_PUBLIC: Final = "public"
_PART: Final = "="
_RAW: Final = 32
_NONCE: Final = bytes(12)
"""Nonce of a key that encrypts one value only."""
_NO_KEY: Final = "holds no key; `umbral secrets` makes it, or bring its copy back"


def process_key_file(master: str, process: str) -> str:
    """Return the content of the key file of one process. Raises InvalidInput("SETTINGS_KEY_FILE")."""
    private = _derived(master)
    lines = [f"{_PRIVATE} {process} {_text(_private_bytes(private[process]))}"]
    lines += [f"{_PUBLIC} {name} {_text(_public_bytes(private[name]))}" for name in READERS]
    return "\n".join(lines)


class SettingsVault:
    """Encryption of stored settings. A value can only be decrypted under the name of its setting.

    Raises InvalidInput("SETTINGS_KEY_FILE") if the file contains no valid key.
    """

    def __init__(self, key_file: str) -> None:
        try:
            content = Path(key_file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                KEY_FILE, f"cannot be read ({type(error).__name__}); `umbral secrets` makes it, or bring its copy back"
            ) from None
        lines = [line.split() for line in content.splitlines()]
        self.content = content
        if len(lines) == 1 and len(lines[0]) == 1:
            self._earlier: SessionVault | None = SessionVault(content, KEY_FILE)
            derived = _derived(content)
            self._private: Mapping[str, bytes] = {name: _private_bytes(key) for name, key in derived.items()}
            self._public: Mapping[str, bytes] = {name: _public_bytes(key) for name, key in derived.items()}
            self.fingerprint = sha256(f"umbral settings\n{content}".encode()).hexdigest()[:16]
            return
        self._earlier, self.fingerprint = None, ""
        self._private, self._public = _keys(lines, _PRIVATE), _keys(lines, _PUBLIC)
        if not self._private or self._public.keys() != {*READERS}:
            raise InvalidInput(KEY_FILE, _NO_KEY)

    @property
    def is_master(self) -> bool:
        """True if this is the master key, which opens the settings of all processes."""
        return self._earlier is not None

    def seal(self, name: str, value: str, readers: Collection[str]) -> str:
        """Return the value of a setting, encrypted for each of these processes."""
        return " ".join(f"{each}{_PART}{self._sealed_for(each, name, value)}" for each in READERS if each in readers)

    def readers(self, sealed: str) -> frozenset[str]:
        """Return the processes for which a value was encrypted; empty for one of an earlier version, which the master
        key alone opens, and for anything else.
        """
        return frozenset(_parts(sealed))

    def is_meant(self, sealed: str) -> bool:
        """Return False if the value was encrypted for other processes only."""
        return not (parts := _parts(sealed)) or any(each in self._private for each in parts)

    def unseal(self, name: str, sealed: str) -> str:
        """Decrypt a value. Raises InvalidInput if the value was encrypted with another key or under another name, or if
        it cannot be the value of a setting.
        """
        value = self.open(name, sealed)
        if value is None:
            raise InvalidInput(KEY_FILE, f"does not open the stored value of {name}")
        return value

    def open(self, name: str, sealed: str) -> str | None:
        """Decrypt a value. Return None where `unseal` raises."""
        own = [(each, part) for each, part in _parts(sealed).items() if each in self._private]
        value = self._opened(name, *own[0]) if own else self._opened_before(name, sealed)
        return None if value is None or "\0" in value else value

    def _sealed_for(self, process: str, name: str, value: str) -> str:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        fresh = X25519PrivateKey.generate()
        public = fresh.public_key().public_bytes_raw()
        cipher = _cipher(fresh, self._public[process], public, process)
        return _text(public + cipher.encrypt(_NONCE, value.encode(), _bound(process, name)))

    def _opened(self, name: str, process: str, part: str) -> str | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        try:
            raw = urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))
            key = X25519PrivateKey.from_private_bytes(self._private[process])
            cipher = _cipher(key, raw[:_RAW], raw[:_RAW], process)
            return cipher.decrypt(_NONCE, raw[_RAW:], _bound(process, name)).decode()
        except (InvalidTag, ValueError):
            return None

    def _opened_before(self, name: str, sealed: str) -> str | None:
        """Decrypt a value that an earlier version encrypted with the master key."""
        if self._earlier is None:
            return None
        try:
            kept_name, _, value = self._earlier.unseal(sealed).partition("\n")
        except (InvalidInput, ValueError):
            return None
        return value if kept_name == name else None


def _derived(master: str) -> Mapping[str, X25519PrivateKey]:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    SessionVault(master, KEY_FILE)
    raw = urlsafe_b64decode(master)
    return {name: X25519PrivateKey.from_private_bytes(_expand(raw, f"umbral settings of {name}")) for name in READERS}


def _cipher(own: X25519PrivateKey, other: bytes, fresh: bytes, process: str) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    shared = own.exchange(X25519PublicKey.from_public_bytes(other))
    return ChaCha20Poly1305(_expand(shared + fresh, f"umbral sealed for {process}"))


def _expand(secret: bytes, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=_RAW, salt=None, info=purpose.encode()).derive(secret)


def _bound(process: str, name: str) -> bytes:
    return f"{process}\n{name}".encode()


def _parts(sealed: str) -> Mapping[str, str]:
    pairs = [each.partition(_PART) for each in sealed.split(" ")]
    return {name: part for name, _, part in pairs if name in READERS and part}


def _keys(lines: Sequence[Sequence[str]], kind: str) -> Mapping[str, bytes]:
    try:
        keys = {line[1]: urlsafe_b64decode(line[2]) for line in lines if len(line) == 3 and line[0] == kind}
    except ValueError:
        raise InvalidInput(KEY_FILE, _NO_KEY) from None
    if any(len(each) != _RAW for each in keys.values()):
        raise InvalidInput(KEY_FILE, _NO_KEY)
    return keys


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _private_bytes(key: X25519PrivateKey) -> bytes:
    return key.private_bytes_raw()


def _public_bytes(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
