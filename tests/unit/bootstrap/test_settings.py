"""Check that settings are read only from the given environment, reported by name with instructions, and never printed
with their values.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.operator import RekeySettings
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.token_settings import settings_from_token

URL = "postgresql://umbral:hidden@db/umbral"
TOKEN = "123456:" + "a" * 30


def problems(kind: type[CoreSettings], **environ: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load(kind, environ)
    assert "hidden" not in str(caught.value)
    return caught.value.problems


def test_spaces_around_settings_are_stripped_and_blank_settings_count_as_missing() -> None:
    read = load(CoreSettings, {"DATABASE_URL": f" {URL} ", "BRAND_NAME": "  ", "GRACE_DAYS": " 3 "})

    assert (read.database_url.get_secret_value(), read.brand_name, read.grace_days) == (URL, "Umbral", 3)
    assert "hidden" not in f"{read} {read!r}"


def test_settings_are_read_only_from_the_given_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("BRAND_NAME", "Another")

    assert problems(CoreSettings, database_url=URL) == {
        "DATABASE_URL": "missing; put there the address of PostgreSQL: postgresql://user:password@host:5432/umbral"
    }
    assert load(CoreSettings, {"DATABASE_URL": URL}).brand_name == "Umbral"


@pytest.mark.parametrize("url", ["http://localhost:8000", "https://shop", "http://[::1]:8000", "https://shop."])
def test_site_address_without_a_dot_is_refused_and_its_setting_named(url: str) -> None:
    assert problems(CoreSettings, DATABASE_URL=URL, WEB_BASE_URL=url)["WEB_BASE_URL"].startswith(
        "needs a domain with a dot"
    )
    assert load(CoreSettings, {"DATABASE_URL": URL, "WEB_BASE_URL": "http://127.0.0.1:8000/"}).web_base_url


def test_list_settings_are_separated_by_commas() -> None:
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


def test_all_invalid_settings_are_reported_together() -> None:
    found = problems(
        BotSettings, TELEGRAM_SUBSCRIPTION_BOT_TOKEN="hidden", ADMIN_TELEGRAM_IDS="hidden", WEB_BASE_URL="hidden"
    )

    assert found["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"].startswith(
        "doesn't look like a bot's token; put there your bot's token"
    )
    assert found["WEB_BASE_URL"].startswith("must begin with https://; put there")
    assert set(found) == {"DATABASE_URL", "ADMIN_TELEGRAM_IDS", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN", "WEB_BASE_URL"}


def test_invalid_number_in_a_setting_is_reported_with_an_instruction() -> None:
    reported = problems(CoreSettings, DATABASE_URL=URL, GRACE_DAYS="several")
    assert reported["GRACE_DAYS"].startswith("isn't a whole number; put there")


@pytest.mark.parametrize(
    "said", ["{team}", "{", "{}", "{0}", "{brand.__class__}", "{brand[0]}", "{brand!r}", "{brand:>9999999}", "{name}"]
)
def test_template_with_unknown_placeholders_is_refused_and_its_setting_named(said: str) -> None:
    (reported,) = problems(CoreSettings, DATABASE_URL=URL, CHANNEL_TITLE=said).items()
    assert reported[0] == "CHANNEL_TITLE"
    assert reported[1].startswith("may use only {brand}, {plan}, {customer}")


@pytest.mark.parametrize("said", ["{brand} «{plan}» {{2026}} {customer}", 'Retador ⚽ "el de siempre"'])
def test_template_setting_may_contain_known_placeholders_escaped_braces_and_any_text(said: str) -> None:
    assert load(CoreSettings, {"DATABASE_URL": URL, "CHANNEL_TITLE": said}).policy.channel_title == said


def test_migrations_may_use_their_own_database_role() -> None:
    assert migrate.url_of({"DATABASE_URL": URL}) == URL
    assert migrate.url_of({"DATABASE_URL": "x", "DATABASE_MIGRATION_URL": URL}) == URL
    with pytest.raises(SettingsError, match="DATABASE_URL: missing"):
        migrate.url_of({"DATABASE_URL": " "})


SECRETS = sorted(
    name
    for kind in (*PROCESSES.values(), RekeySettings)
    for name, field in kind.names().items()
    if "Secret" in repr(field)
)
TEXTS = {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN, "SENDER_BOT_TOKENS": TOKEN, **settings_from_token(TOKEN)}


@pytest.mark.parametrize("name", sorted({*SECRETS}))
def test_each_secret_can_be_read_from_a_file(name: str, tmp_path: Path) -> None:
    kind = next(kind for kind in (*PROCESSES.values(), RekeySettings) if name in kind.names())
    needed = (
        {each: "1" for each, field in kind.names().items() if field.is_required()} | TEXTS | {"SESSION_KEY": "k" * 44}
    )
    file = tmp_path / "secret"
    file.write_text(TEXTS.get(name, "planted-in-a-file") + "\n")
    environ = {each: value for each, value in needed.items() if each != name} | {f"{name}_FILE": str(file)}

    field = next(each for each, its in kind.model_fields.items() if its.validation_alias == name)
    found = getattr(load(kind, environ), field)
    values = [each.get_secret_value() for each in (found if isinstance(found, tuple) else (found,))]
    assert values == [TEXTS.get(name, "planted-in-a-file")]


@pytest.mark.parametrize(
    ("path", "notified"),
    [("secret", "given twice"), ("nowhere", "FileNotFoundError"), ("empty", "empty file"), (".", "IsADirectory")],
)
def test_refusal_of_an_unusable_secret_file_names_its_setting(path: str, notified: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("planted-in-a-file")
    (tmp_path / "empty").write_text(" \n")
    environ = {"DATABASE_URL_FILE": str(tmp_path / path)}
    with pytest.raises(SettingsError, match=notified) as refused:
        load(CoreSettings, environ | ({"DATABASE_URL": "postgresql://planted/x"} if path == "secret" else {}))
    assert list(refused.value.problems) == ["DATABASE_URL"]
    assert "planted" not in str(refused.value)
