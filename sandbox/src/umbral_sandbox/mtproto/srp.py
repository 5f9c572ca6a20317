"""Server side of two-step verification by SRP (core.telegram.org/api/srp)."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from telethon import password as client_srp
from telethon.tl import types

from umbral_sandbox.mtproto.dh import DH_GENERATOR, DH_PRIME, in_safe_range

_SIZE = 256
_P = DH_PRIME.to_bytes(_SIZE, "big")
_G = DH_GENERATOR.to_bytes(_SIZE, "big")


@dataclass(slots=True)
class _Challenge:
    """Challenge sent to a client, valid for one answer."""

    account_id: int
    verifier: int
    secret: int
    public: bytes
    algo: Any


class PasswordChecks:
    """Open challenges, in memory only; a client requests a new challenge after a restart."""

    def __init__(self) -> None:
        self._open: dict[int, _Challenge] = {}

    def challenge(self, account_id: int, password: str) -> Any:
        """Return account.Password with a fresh challenge for this account's password."""
        algo = new_algo()
        verifier = int.from_bytes(client_srp.compute_digest(algo, password), "big")
        secret, public = _server_pair(verifier)
        srp_id = secrets.randbits(62)
        self._open[srp_id] = _Challenge(account_id, verifier, secret, public, algo)
        return _password_state(current_algo=algo, srp_B=public, srp_id=srp_id, has_password=True)

    def passed(self, account_id: int, answer: Any) -> bool | None:
        """Return whether the answer proves the password, or None if the answer's challenge is not open."""
        challenge = self._open.pop(answer.srp_id, None)
        if challenge is None or challenge.account_id != account_id:
            return None
        public = int.from_bytes(answer.A, "big")
        if not in_safe_range(public):
            return False
        return hmac.compare_digest(_expected_proof(challenge, public), answer.M1)


def no_password() -> Any:
    """Return account.Password of an account without two-step verification."""
    return _password_state()


def new_algo() -> Any:
    """Return the key derivation with fresh salts."""
    return types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
        salt1=secrets.token_bytes(8), salt2=secrets.token_bytes(16), g=DH_GENERATOR, p=_P
    )


def _password_state(**fields: Any) -> Any:
    return types.account.Password(
        new_algo=new_algo(),
        new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
        secure_random=secrets.token_bytes(_SIZE),
        **fields,
    )


def _server_pair(verifier: int) -> tuple[int, bytes]:
    k = int.from_bytes(_hash(_P, _G), "big")
    while True:
        secret = secrets.randbits(2048)
        pure = pow(DH_GENERATOR, secret, DH_PRIME)
        public = (k * verifier + pure) % DH_PRIME
        # Clients also check the public value less k*v, so it must be well inside the group too.
        if in_safe_range(pure) and in_safe_range(public):
            return secret, public.to_bytes(_SIZE, "big")


def _expected_proof(challenge: _Challenge, public: int) -> bytes:
    a = public.to_bytes(_SIZE, "big")
    u = int.from_bytes(_hash(a, challenge.public), "big")
    shared = pow(public * pow(challenge.verifier, u, DH_PRIME), challenge.secret, DH_PRIME)
    group = bytes(x ^ y for x, y in zip(_hash(_P), _hash(_G), strict=True))
    salts = _hash(challenge.algo.salt1), _hash(challenge.algo.salt2)
    return _hash(group, *salts, a, challenge.public, _hash(shared.to_bytes(_SIZE, "big")))


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()
