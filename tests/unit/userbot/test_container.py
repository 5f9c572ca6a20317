"""Check that the userbot's container refuses incomplete settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.bootstrap.userbot import UserbotContainer
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.clock import ManualClock

GIVEN = {
    "DATABASE_URL": "postgresql://umbral@127.0.0.1:1/umbral",
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": "0123456789abcdef",
    "SESSION_KEY": Fernet.generate_key().decode(),
}


def container(**more: str) -> UserbotContainer:
    settings = load(UserbotSettings, GIVEN | more)
    engine = create_engine(GIVEN["DATABASE_URL"])
    return UserbotContainer(core=CoreContainer(settings=settings, engine=engine, clock=ManualClock()))


def test_custom_data_center_requires_its_public_key() -> None:
    """Without the key of the data center, the accounts would silently connect to the real service."""
    with pytest.raises(InvalidInput) as wrong:
        container(TELEGRAM_MTPROTO_DC="127.0.0.1:4430").sessions()
    assert wrong.value.field == "TELEGRAM_MTPROTO_PUBLIC_KEY"


def test_invalid_session_key_is_reported() -> None:
    with pytest.raises(InvalidInput) as wrong:
        container(SESSION_KEY="short").sessions()
    assert wrong.value.field == "SESSION_KEY"


def test_complete_settings_build_the_container(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("")
    built = container(TELEGRAM_MTPROTO_DC="[::1]:4430", TELEGRAM_MTPROTO_PUBLIC_KEY=str(key))
    assert built.sessions() is built.sessions()
    assert built.reconcile_channel() is not None
    assert built.scan_join_requests() is not None
