"""RSA key of the data centre: created once in a directory, with its public half in a file for clients."""

import os
from functools import cache
from hashlib import sha1
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from telethon.tl.tlobject import TLObject

PRIVATE_FILE = "mtproto_private.pem"
PUBLIC_FILE = "mtproto_public.pem"


class ServerKey:
    """RSA-2048 key as MTProto uses it: raw, identified by a fingerprint."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private
        numbers = private.private_numbers()
        self._n, self._d = numbers.public_numbers.n, numbers.d
        self.fingerprint = _fingerprint(self._n, numbers.public_numbers.e)

    @property
    def public_pem(self) -> str:
        """Return the public key as PKCS#1 PEM ("BEGIN RSA PUBLIC KEY"), the form in which Telegram publishes its own
        key.
        """
        encoded = self._private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
        return encoded.decode("ascii")

    @property
    def private_pem(self) -> bytes:
        """Return the private key as unencrypted PKCS#8 PEM."""
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def decrypt(self, block: bytes) -> bytes:
        """Reverse the raw RSA encryption of one 256-byte block; the first byte is always zero."""
        return pow(int.from_bytes(block, "big"), self._d, self._n).to_bytes(256, "big")


def load_server_key(key_dir: Path | None, *, lasting: bool = True) -> ServerKey:
    """Return the key stored in a directory, and create the key the first time.

    key_dir: the directory; None to keep the key in memory only. lasting: False for a world that ends with its process;
    such worlds share one key, because creating a key is slow.
    """
    if key_dir is None:
        return ServerKey(_new_key())
    key_dir.mkdir(parents=True, exist_ok=True)
    if not lasting:
        shared = _shared_key()
        _write_whole(key_dir / PUBLIC_FILE, shared.public_pem.encode("ascii"))
        return shared
    private_file = key_dir / PRIVATE_FILE
    if private_file.exists():
        loaded = serialization.load_pem_private_key(private_file.read_bytes(), password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise TypeError(f"{private_file} does not hold an RSA key")
        key = ServerKey(loaded)
    else:
        key = ServerKey(_new_key())
        _write_whole(private_file, key.private_pem)
    _write_whole(key_dir / PUBLIC_FILE, key.public_pem.encode("ascii"))
    return key


@cache
def _shared_key() -> ServerKey:
    return ServerKey(_new_key())


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _write_whole(path: Path, content: bytes) -> None:
    # A partly written key after a kill would make every stored client refuse this data centre.
    scratch = path.with_suffix(".new")
    scratch.touch(mode=0o600)
    scratch.write_bytes(content)
    os.replace(scratch, path)


def _fingerprint(n: int, e: int) -> int:
    parts = b"".join(
        TLObject.serialize_bytes(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (n, e)
    )
    return int.from_bytes(sha1(parts, usedforsecurity=False).digest()[-8:], "little", signed=True)
