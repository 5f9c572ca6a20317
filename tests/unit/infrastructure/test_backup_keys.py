"""Check that the public key of backups encrypts backups and cannot decrypt them."""

from __future__ import annotations

import io

import pytest

from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.backups.errors import Unreadable
from subscriptions.infrastructure.backups.sealing import Keys

PLAIN = b"all of the shop" * 10_000


def sealed_by(keys: Keys) -> bytes:
    sink = io.BytesIO()
    keys.seal(io.BytesIO(PLAIN), sink)
    return sink.getvalue()


def opened_by(keys: Keys, sealed: bytes) -> bytes:
    sink = io.BytesIO()
    keys.open(io.BytesIO(sealed), sink)
    return sink.getvalue()


def test_only_the_private_key_opens_backups_sealed_with_the_public_key() -> None:
    private = Keys(Keys.fresh())
    worker = Keys(private.public)
    sealed = sealed_by(worker)

    assert (private.opens, worker.opens, worker.public) == (True, False, private.public)
    assert opened_by(private, sealed) == PLAIN
    with pytest.raises(Unreadable, match="public half"):
        opened_by(worker, sealed)


def test_backups_encrypted_for_a_previous_key_are_decrypted_by_the_configured_previous_key() -> None:
    older, newer = Keys.fresh(), Keys(Keys.fresh())
    both = Keys(f"{newer.public}, {older}")

    assert opened_by(both, sealed_by(Keys(older))) == PLAIN
    assert opened_by(newer, sealed_by(both)) == PLAIN


@pytest.mark.parametrize("wrong", ["age1zzz", "AGE-SECRET-KEY-1", "", "hunter2", ","])
def test_refusal_of_an_invalid_key_names_its_setting(wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Keys(wrong)
    assert refused.value.field == "BACKUP_KEY"
