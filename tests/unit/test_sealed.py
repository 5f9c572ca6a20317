"""Check that encrypted data has the formats named on the security page and can be read with independent tools."""

from __future__ import annotations

import hmac
import io
from collections.abc import Callable
from hashlib import sha256

import pytest
from cryptography.fernet import Fernet

from subscriptions.domain.entities import api_key, vip_entry
from subscriptions.domain.entities.activation_token import ALPHABET, PREFIX, TOKEN_LENGTH, new_token
from subscriptions.domain.services.code_seal import CodeSeal, fingerprint_of
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.seals import WebhookSeals
from subscriptions.infrastructure.telegram.session_vault import SessionVault


@pytest.mark.parametrize("sealer", [SessionVault, lambda key: WebhookSeals(key, Addresses(()))])
def test_sessions_and_endpoint_secrets_are_encrypted_with_fernet(
    sealer: Callable[[str], SessionVault | WebhookSeals],
) -> None:
    key = Fernet.generate_key().decode()
    sealed = sealer(key).seal("secret")
    assert Fernet(key).decrypt(sealed.encode()) == b"secret"
    assert sealer(key).unseal(Fernet(key).encrypt(b"another").decode()) == "another"


def test_backups_are_age_files_for_one_x25519_recipient() -> None:
    sink = io.BytesIO()
    Keys(Keys.fresh()).seal(io.BytesIO(b"plain"), sink)
    head = sink.getvalue().split(b"\n---")[0].decode("ascii").splitlines()
    assert head[0] == "age-encryption.org/v1"
    stanzas = [line.split()[1] for line in head if line.startswith("-> ")]
    assert [each for each in stanzas if not each.endswith("-grease")] == ["X25519"]


def test_code_is_stored_as_a_prefix_and_a_keyed_digest() -> None:
    code, key = new_token(), b"k" * 32
    kept = CodeSeal(key).seal(code)
    assert kept is not None
    assert (kept[:PREFIX], len(kept)) == (code[:PREFIX], TOKEN_LENGTH)
    number = int.from_bytes(hmac.digest(key, code.encode(), "sha256"))
    assert kept[PREFIX:] == "".join(
        ALPHABET[number // len(ALPHABET) ** index % len(ALPHABET)] for index in range(TOKEN_LENGTH - PREFIX)
    )


def test_code_created_without_a_key_is_stored_as_a_digest() -> None:
    code = new_token()
    number = int.from_bytes(sha256(b"umbral code " + code.encode()).digest())
    assert fingerprint_of(code) == "".join(
        ALPHABET[number // len(ALPHABET) ** index % len(ALPHABET)] for index in range(TOKEN_LENGTH)
    )


def test_entry_tokens_and_api_keys_are_stored_as_digests() -> None:
    assert vip_entry.token_digest("token") == sha256(b"token").hexdigest()
    secret = api_key.new_secret()
    assert api_key.digest_of(secret) == sha256(secret.encode()).hexdigest()
