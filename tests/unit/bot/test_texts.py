"""Check that the texts of all languages have the same keys and facts."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

import bot
from bot import callbacks, formats
from bot.commands import COMMANDS
from bot.screens import Screen
from bot.texts import LANGUAGES, TEXTS, entries_of, load_texts, texts_for
from subscriptions.application import routing
from subscriptions.application.alarms.alarm_kind import alarm_kinds
from subscriptions.application.expiry.erase_person import Obstacle
from subscriptions.application.expiry.preview_bulk_expiry import Fate
from subscriptions.application.subscriptions.poll_subscription import (
    CANCELLATION,
    PAUSE,
    PAYMENT,
    PLAN,
    PRICE,
    STATUS,
    UNKNOWN,
)
from subscriptions.application.texts.sample import _SAMPLES
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.chat_membership import KEPT_OUT, TOO_MANY_CHANNELS
from subscriptions.domain.services.zones import Zones
from subscriptions.infrastructure.database.errors import TROUBLES
from tests.support.of_features import of_features
from tests.support.removed import REMOVED

WORDS = {
    "mydata.obstacle": Obstacle,
    "panel.role": StaffRole,
    "people.access_word": AccessStatus,
    "bulk_expiry.fate": Fate,
    "watch.accounts.state": AccountStatus,
    **of_features("walks", "WORDS"),
}
SOURCE = Path(routing.__file__).parents[1]
BOT = Path(bot.__path__[0])


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


OPERATORS: Final = frozenset(
    {
        *(
            "alarms",
            "arrivals",
            "commands",
            "forms",
            "methods",
            "panel",
            "lists",
            "shown_once",
            "settings",
            "features",
            "people",
            "reconcile",
            "offer",
            "taxes",
        ),
        *("bulk_expiry", "sweeps", "texts", "tokens", "channel", "watch"),
        *of_features("walks", "STAFF_TEXTS"),
    }
)
"""Files for staff only, which need not be in every language."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_customer_texts_with_the_same_placeholders(language: str) -> None:
    here = entries_of(language)
    files = {key.partition(".")[0] for key in here}
    everything = {
        key: placeholders(text)
        for key, text in entries_of("es").items()
        if key.partition(".")[0] not in OPERATORS - files
    }

    assert {key: placeholders(text) for key, text in here.items()} == everything


def test_every_difference_at_a_provider_has_a_text() -> None:
    words = (UNKNOWN, PAYMENT, PAUSE, CANCELLATION, PLAN, PRICE, STATUS)
    assert [word for word in words if not texts_for("es").has(f"reconcile.kind.{word}")] == []


def test_panel_texts_exist_in_both_languages_of_staff() -> None:
    assert set(entries_of("es")) == set(entries_of("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_use_only_allowed_tags_and_close_all_tags(language: str) -> None:
    for key, text in load_texts()[language].entries.items():
        opened = re.findall(r"<(\w+)", text)
        assert set(opened) <= {"b", "a", "blockquote"}, key
        assert sorted(opened) == sorted(re.findall(r"</(\w+)>", text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_interval_reason_and_command_has_a_text(language: str) -> None:
    t = texts_for(language)
    keys = [
        *(f"status.word.{status}" for status in SubscriptionStatus),
        *(f"status.access.{status}" for status in AccessStatus),
        *(f"units.per.{interval}" for interval in Interval),
        *(f"units.every.{interval}.other" for interval in Interval),
        *(f"notices.payment_flagged.{reason}" for reason in (*FlagReason, "second_capture_returning", "other")),
        *(f"alarms.{reason}" for reason in FlagReason),
        *(f"alarms.{trouble}" for trouble in TROUBLES),
        *(f"notices.action_required.{reason}" for reason in (TOO_MANY_CHANNELS, KEPT_OUT, "other")),
        *(f"channel.is.{word}" for word in ("fit", "not_admin", "rights_missing", "unknown")),
        *(f"{where}.{word}" for where, words in WORDS.items() for word in words),
        *(f"buttons.reason.{reason}" for reason in callbacks.REASONS),
        *(f"chat.commands.{command}" for command in COMMANDS),
    ]

    assert [key for key in keys if not t.has(key)] == []


def test_every_kind_of_alarm_has_a_text() -> None:
    assert [kind for kind in sorted(alarm_kinds()) if not texts_for("es").has(f"alarms.{kind}")] == []


@pytest.mark.parametrize(
    ("language", "money", "said"),
    [
        ("es", Money(2999, "EUR"), "29,99 €"),
        ("es", Money(999, "USD"), "9,99 US$"),
        ("es", Money(500, "XTR"), "500 ⭐"),
        ("es", Money(12500, "KWD"), "12,500 KWD"),
        ("es", Money(500, "RSD"), "5,00 RSD"),
        ("en", Money(2999, "EUR"), "€29.99"),
        ("en", Money(-123456, "GBP"), "−£1,234.56"),
        ("en", Money(500, "JPY"), "JP¥500"),
        ("pt", Money(2999, "EUR"), "29,99 €"),
    ],
)
def test_amounts_follow_the_language_except_in_quoted_texts(language: str, money: Money, said: str) -> None:
    t = texts_for(language)
    assert t("parts.received", received=money).replace("\N{NO-BREAK SPACE}", " ").endswith(f" {said}.")
    quoted = texts_for("es")("plans.card", plan="Retabet", price=money, description="")
    assert quoted.strip() == f"<b>Plan Retabet - {money}</b>"


def test_timestamp_names_the_time_zone_of_the_language() -> None:
    at, zones = datetime(2026, 3, 12, 20, 0, tzinfo=UTC), Zones.parse("Europe/Madrid, en=America/Bogota")
    assert formats.moment(texts_for("es", zones), at) == "12 mar 2026, 21:00 (hora de Madrid)"
    assert formats.moment(texts_for("en", zones), at) == "12 Mar 2026, 15:00 (Bogota time)"
    assert formats.brief(texts_for("es", zones), at) == "12 mar 2026, 21:00"


def test_message_uses_the_time_zone_of_the_customer() -> None:
    t = texts_for("es")
    until = formats.moment(t, datetime(2026, 3, 12, 20, 0, tzinfo=UTC))
    assert t("status.access_until", until=until) == "• Acceso hasta: 12 mar 2026, 21:00 (hora de Madrid)"


def test_screen_names_its_time_zone_once() -> None:
    t, at = texts_for("es"), datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
    elsewhere = formats.moment(texts_for("en", Zones.parse("Europe/London")), at)
    screen = Screen(f"{formats.moment(t, at)} · {formats.moment(t, at)} · {elsewhere}")
    assert screen.text == "12 mar 2026, 21:00 (hora de Madrid) · 12 mar 2026, 21:00 · 12 Mar 2026, 20:00 (London time)"


def test_staff_screen_with_times_names_its_time_zone_at_the_end() -> None:
    t, at = texts_for("es"), datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
    assert formats.zone_line(t, f"Desde {formats.brief(t, at)}").endswith("21:00\n\n🕒 Horas de Madrid.")
    assert formats.zone_line(t, f"Desde {formats.day(t, at)}") == "Desde 12 mar 2026"


def test_brazilian_portuguese_uses_brasilia_time_unless_configured() -> None:
    at = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
    assert formats.moment(texts_for("pt-br", Zones.parse("Europe/Madrid")), at).endswith("17:00 (horário de Brasília)")
    assert formats.moment(texts_for("pt", Zones.parse("Europe/Madrid")), at).endswith("21:00 (hora de Madrid)")
    assert Zones.parse("Europe/Madrid, pt-br=America/Recife").zone_of("pt-br").key == "America/Recife"


def test_unknown_language_falls_back_to_spanish() -> None:
    assert texts_for("fi").language == "es"


def test_parameters_are_shown_as_typed_in_messages_and_on_buttons() -> None:
    t = texts_for("es")

    assert t("plans.welcome", brand="<b>&_*").startswith("👋 <b>¡Bienvenido a &lt;b&gt;&amp;_*!</b>")
    assert t.plain("buttons.join", plan="<b>&") == "🔗 Unirte al canal <b>&"


def test_braces_in_a_name_are_not_treated_as_placeholders() -> None:
    assert "{brand} {0}" in texts_for("es")("plans.welcome", brand="{brand} {0}")


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("es", 1, "1 día"),
        ("es", 30, "30 días"),
        ("es", 1_000_000, "1000000 días"),
        ("en", 1, "1 day"),
        ("pt", 2, "2 dias"),
    ],
)
def test_plural_forms_follow_the_language(language: str, n: int, said: str) -> None:
    assert texts_for(language).unit("day", n) == said


def test_portuguese_texts_are_european_and_informal() -> None:
    of_brazil = re.compile(r"\b(você|sua|seus?|suas|equipe|usuário|arquivo|assinatura|a gente|está \w+ndo)\b", re.I)
    assert [(key, found[0]) for key, text in entries_of("pt").items() if (found := of_brazil.search(str(text)))] == []


@pytest.mark.parametrize("key", ["notices.paused.vip", "notices.suspended_vip", "notices.dispute_opened_vip"])
def test_messages_about_a_suspension_mention_no_vip_channel(key: str) -> None:
    """A plan with shared chats opens any set of them, and another plan may keep one of them open."""
    assert [language for language in LANGUAGES if "VIP" in texts_for(language).entries[key]] == []


@pytest.mark.skipif("picks" in REMOVED, reason="there are samples for the facts of tips")
def test_each_placeholder_of_the_samples_is_used_by_a_text() -> None:
    facts = {
        name for entries in map(TEXTS.texts_of, LANGUAGES) for each in entries.values() for name in placeholders(each)
    }
    assert [name for name in _SAMPLES if name not in facts] == []
