"""Check that the public key of backups encrypts backups and cannot decrypt them."""

from __future__ import annotations

import io

import pyrage
import pytest
from pyrage import x25519

from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.backups.errors import Unreadable
from subscriptions.infrastructure.backups.sealing import Keys
from subscriptions.infrastructure.backups.signing import MAGIC

IDENTITY = Keys.fresh()
PLAIN = b"all of the shop" * 10_000


def sealed_by(keys: Keys) -> bytes:
    sink = io.BytesIO()
    keys.seal(io.BytesIO(PLAIN), sink)
    return sink.getvalue()


def opened_by(keys: Keys, sealed: bytes, *, is_unsigned: bool = False) -> bytes:
    sink = io.BytesIO()
    keys.open(io.BytesIO(sealed), sink, is_unsigned=is_unsigned)
    return sink.getvalue()


def encrypted(keys: Keys, plain: bytes) -> bytes:
    """Encrypt data as anyone with the public half of a key can."""
    return pyrage.encrypt(plain, [x25519.Recipient.from_str(keys.public)])


def test_only_the_private_key_opens_backups_sealed_with_the_public_key() -> None:
    private = Keys(Keys.fresh())
    worker = Keys(private.worker_half)
    sealed = sealed_by(worker)

    assert (private.opens, worker.opens, worker.public) == (True, False, private.public)
    assert opened_by(private, sealed) == PLAIN
    with pytest.raises(Unreadable, match="public half"):
        opened_by(worker, sealed)


def test_backups_encrypted_for_a_previous_key_are_decrypted_by_the_configured_previous_key() -> None:
    older, newer = Keys.fresh(), Keys(Keys.fresh())
    both = Keys(f"{newer.worker_half}, {older}")

    assert opened_by(both, sealed_by(Keys(older))) == PLAIN
    assert opened_by(newer, sealed_by(both)) == PLAIN


@pytest.mark.parametrize("wrong", ["age1zzz", "AGE-SECRET-KEY-1", "", "hunter2", ","])
def test_refusal_of_an_invalid_key_names_its_setting(wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Keys(wrong)
    assert refused.value.field == "BACKUP_KEY"


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_signed_backup_of_any_size_is_opened_unchanged(size: int) -> None:
    keys, sink = Keys(Keys.fresh()), io.BytesIO()
    keys.seal(io.BytesIO(bytes(size)), sink)
    assert opened_by(keys, sink.getvalue()) == bytes(size)


def test_backup_sealed_with_the_public_half_alone_is_refused_unless_allowed() -> None:
    keys = Keys(Keys.fresh())
    for plain in (b"", b"x", PLAIN, MAGIC, MAGIC + PLAIN):
        with pytest.raises(Unreadable):
            opened_by(keys, encrypted(keys, plain))
    assert opened_by(keys, encrypted(keys, PLAIN), is_unsigned=True) == PLAIN
    unsigned = sealed_by(Keys(keys.public))
    assert not Keys(keys.public).signs
    with pytest.raises(Unreadable, match="--unsigned"):
        opened_by(keys, unsigned)
    assert opened_by(keys, unsigned, is_unsigned=True) == PLAIN


def test_signature_of_another_key_is_refused_before_anything_is_used() -> None:
    keys, other = Keys(Keys.fresh()), Keys(Keys.fresh())
    forger = Keys(f"{keys.public},{other.worker_half.partition(',')[2]}")
    sealed, sink = sealed_by(forger), io.BytesIO()
    with pytest.raises(Unreadable, match="not of a key in BACKUP_KEY"):
        keys.open(io.BytesIO(sealed), sink)
    assert sink.getvalue() == b""
    assert opened_by(keys, sealed, is_unsigned=True) == PLAIN


def test_changed_exchanged_or_missing_parts_are_refused() -> None:
    keys = Keys(IDENTITY)
    signed = [plain_of(keys, bytes([number]) * (2 * 2**20 + 5)) for number in (1, 2)]
    part = 5 + 2**20 + 64
    begin = len(MAGIC) + 16
    whole = signed[0]
    forged = {
        "changed": whole[: begin + 100] + b"?" + whole[begin + 101 :],
        "cut": whole[: begin + part],
        "repeated": whole[: begin + part] + whole[begin:],
        "exchanged": whole[:begin] + whole[begin + part : begin + 2 * part] + whole[begin : begin + part],
        "of another backup": whole[: begin + part] + signed[1][begin + part :],
        "longer": whole + whole[begin:],
    }
    assert opened_by(keys, encrypted(keys, whole)) == bytes([1]) * (2 * 2**20 + 5)
    for how, plain in forged.items():
        with pytest.raises(Unreadable):
            pytest.fail(f"{how}: {len(opened_by(keys, encrypted(keys, plain)))} bytes were accepted")


def plain_of(keys: Keys, data: bytes) -> bytes:
    """Return the signed form of data, before encryption."""
    sink = io.BytesIO()
    keys.seal(io.BytesIO(data), sink)
    return pyrage.decrypt(sink.getvalue(), [x25519.Identity.from_str(IDENTITY)])
