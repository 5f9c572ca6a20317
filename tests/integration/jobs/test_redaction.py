"""Check that the records of a failure contain no secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.infrastructure.jobs.redaction import LIMIT, describe, error_path, mask, redact

SECRETS = [
    "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    "https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/getMe",
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "rk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "whsec_5f3e2d1c0b9a8f7e6d5c4b3a",
    "1" + "BJWap1wBu" * 38 + "=",
    "gAAAAABm" + "x" * 120,
    "postgresql://umbral:correct-horse@db/umbral",
    "Authorization: Bearer 0123456789abcdef",
]


@pytest.mark.parametrize(
    "secret", SECRETS, ids=["token", "address", "key", "restricted", "hook", "session", "kept", "dsn", "bearer"]
)
def test_known_secrets_are_masked(secret: str) -> None:
    masked = redact(f"failed: {secret} (twice)")
    assert "***" in masked
    assert masked.startswith("failed: ")
    assert masked.endswith(" (twice)")
    for part in ("AAHdq", "4eC39", "5f3e2", "BJWap", "xxxx", "correct-horse", "0123456789abcdef"):
        assert part not in masked


@pytest.mark.parametrize(
    "secret", [*SECRETS, "pk_live_4eC39HqLyjWD", "umbral_" + "aB3_-" * 8, "bearer 0123456789abcdef"]
)
@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_secret_is_masked_in_any_context(secret: str, before: str, after: str) -> None:
    assert "***" in mask(f"{before} {secret} {after}")


def test_ordinary_text_is_not_masked() -> None:
    said = "order A1B2C3D4: 29.99€ for Plan Retabet at 2026-03-01T12:00:00+00:00, sub_1NXk, chat -1001234567890"
    assert redact(said) == said


def test_long_error_text_is_truncated() -> None:
    assert len(redact("x y " * LIMIT)) < LIMIT + 10


def test_error_is_described_by_type_message_and_location() -> None:
    with pytest.raises(ValueError, match="sk_test") as caught:
        int("sk_test_4eC39HqLyjWDarjtT1zdp7dc")
    said = describe(caught.value)
    assert said.startswith("ValueError: invalid literal")
    assert "4eC39" not in said
    assert "test_redaction.py" in error_path(caught.value)
