"""Settings: read from what is handed in, told by name with what to put there, no value repeated."""

from __future__ import annotations

import pytest

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings

URL = "postgresql://umbral:hidden@db/umbral"
TOKEN = "123456:" + "a" * 30


def problems(kind: type[CoreSettings], **environ: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load(kind, environ)
    assert "hidden" not in str(caught.value)
    return caught.value.problems


def test_spaces_do_not_count_and_blank_is_absent() -> None:
    read = load(CoreSettings, {"DATABASE_URL": f" {URL} ", "BRAND_NAME": "  ", "GRACE_DAYS": " 3 "})

    assert (read.database_url.get_secret_value(), read.brand_name, read.grace_days) == (URL, "Umbral", 3)
    assert "hidden" not in f"{read} {read!r}"


def test_nothing_but_what_is_handed_in_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("BRAND_NAME", "Another")

    assert problems(CoreSettings, database_url=URL) == {
        "DATABASE_URL": "missing; put there the address of PostgreSQL: postgresql://user:password@host:5432/umbral"
    }
    assert load(CoreSettings, {"DATABASE_URL": URL}).brand_name == "Umbral"


def test_lists_have_commas() -> None:
    read = load(
        BotSettings,
        {
            "DATABASE_URL": URL,
            "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN,
            "ADMIN_TELEGRAM_IDS": "7, 8,",
            "SENDER_BOT_TOKENS": f"{TOKEN},{TOKEN}",
        },
    )

    assert read.admin_ids == {7, 8}
    assert len(read.sender_tokens) == 2


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = problems(
        BotSettings, TELEGRAM_SUBSCRIPTION_BOT_TOKEN="hidden", ADMIN_TELEGRAM_IDS="hidden", WEB_BASE_URL="hidden"
    )

    assert found["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"].startswith("does not look like a bot's token; put there the token")
    assert found["WEB_BASE_URL"].startswith("must begin with https://; put there")
    assert set(found) == {"DATABASE_URL", "ADMIN_TELEGRAM_IDS", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN", "WEB_BASE_URL"}


def test_migrations_may_have_a_role_of_their_own() -> None:
    assert migrate.url_of({"DATABASE_URL": URL}) == URL
    assert migrate.url_of({"DATABASE_URL": "x", "DATABASE_MIGRATION_URL": URL}) == URL
    with pytest.raises(SettingsError, match="DATABASE_URL: missing"):
        migrate.url_of({"DATABASE_URL": " "})
