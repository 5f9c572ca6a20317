"""Check that custom settings override the environment, and that all code uses their current values."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import subscriptions
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.bootstrap.settings_in_force import BY_TOPIC, EDITABLE, EVERY_SETTING, SettingsInForce, meaning
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.errors import InvalidInput
from tests.fakes.samples import NOON

ENVIRON = {"DATABASE_URL": "postgresql://u:p@127.0.0.1/db", "GRACE_DAYS": "3", "SELL_COUNTRIES": "ES"}
COPIES = re.compile(r"self\._\w+ = policy\.(\w+)$|policy\.provided\.(\w+)", re.MULTILINE)
READ_AT_START = {
    "base_url": (),
    "promises": (),
    "zones": ("TIMEZONE",),
    "brand": ("BRAND_NAME",),
    "grace": ("GRACE_DAYS",),
    "retention_periods": ("RETENTION_UPDATES", "RETENTION_WEBHOOK_BODIES", "RETENTION_NOTIFICATIONS"),
    "retention": ("RETENTION_DAYS",),
    "terms": ("TERMS_VERSION", "TERMS_CORRECTS"),
}
"""Policy fields that some code copies, with the settings declared to need a restart."""


def chosen(**values: str) -> list[CustomSetting]:
    return [CustomSetting(name=name, value=value, changed_at=NOON) for name, value in values.items()]


@pytest.mark.parametrize("blank", ["", "  "])
def test_empty_value_keeps_the_default_of_the_vertical(blank: str) -> None:
    settings = load(WebSettings, {**ENVIRON, "VERTICAL": "community", "VIP_ENTRY": blank})
    assert settings.value_of("VIP_ENTRY") == "direct"


def test_custom_settings_override_the_environment_until_removed() -> None:
    settings = load(WebSettings, ENVIRON)
    held, seller, in_force = settings.policy, settings.identity, SettingsInForce(settings)
    in_force.apply(chosen(BRAND_NAME="Retador", GRACE_DAYS="7", SELL_COUNTRIES="", INVITE_HOURS="6"))
    assert (held.brand, seller.brand, settings.brand_name) == ("Retador",) * 3
    assert (held.grace, seller.grace_days, held.countries) == (timedelta(days=7), 7, frozenset())
    assert in_force.value_in_force("INVITE_HOURS") == "6"
    in_force.apply([])
    assert (held.brand, held.grace, held.countries) == ("Umbral", timedelta(days=3), {"ES"})
    assert settings.policy is held
    assert (settings.value_of("GRACE_DAYS"), settings.value_of("INVITE_HOURS"), settings.value_of("VAT_RATE")) == (
        "3",
        "24",
        "",
    )


def test_vertical_and_shop_language_are_chosen_from_a_list() -> None:
    settings = load(WorkerSettings, ENVIRON)
    in_force = SettingsInForce(settings)
    for name, choices in (("VERTICAL", {"tips", "plain", "courses"}), ("SHOP_LANGUAGE", {"es", "en", "pt"})):
        facts = in_force.facts(name)
        assert facts is not None
        assert choices <= set(facts.choices)
        with pytest.raises(InvalidInput, match="must be"):
            in_force.check(name, "zapatos de tela")
    in_force.apply(chosen(VERTICAL="courses", SHOP_LANGUAGE="en"))
    assert (settings.vertical, settings.shop_language) == ("courses", "en")


def test_setting_read_at_the_start_takes_effect_at_the_next_start() -> None:
    settings = load(WorkerSettings, ENVIRON)
    in_force = SettingsInForce(settings)
    in_force.apply(chosen(GRACE_DAYS="7"))
    in_force.apply(chosen(GRACE_DAYS="9", INVITE_HOURS="5"))
    assert (settings.grace_days, settings.invite_hours) == (7, 5)


def test_stored_value_that_is_invalid_or_for_a_setting_not_editable_is_ignored() -> None:
    settings = load(WebSettings, ENVIRON)
    SettingsInForce(settings).apply(chosen(GRACE_DAYS="99", WEB_PORT="1", BRAND_NAME="Retador", GONE="1"))
    assert (settings.grace_days, settings.port, settings.brand_name) == (3, 8000, "Retador")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRACE_DAYS", "many"),
        ("GRACE_DAYS", "22"),
        ("BRAND_ACCENT", "blue"),
        ("TIMEZONE", "Madrid"),
        ("QUIET_HOURS", "23-8"),
        ("SELL_COUNTRIES", "ES, Spain"),
        ("CHANNEL_TITLE", "{nobody}"),
        ("NUDGE_ABANDONED", "perhaps"),
        ("VAT_RATES", "PT"),
        ("TERMS_SINCE", "tomorrow"),
    ],
)
def test_refusal_of_an_invalid_value_names_the_field(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SettingsInForce(load(WebSettings, ENVIRON)).check(name, value)
    assert refused.value.field == name


def test_editable_settings_are_not_secret_and_have_a_description() -> None:
    for name, restarts in EDITABLE.items():
        assert "Secret" not in str(EVERY_SETTING[name].annotation)
        assert set(restarts) <= set(PROCESSES)
        assert meaning(name, "es") != meaning(name, "en")
    facts = SettingsInForce(load(WebSettings, ENVIRON)).facts("NUDGE_ABANDONED")
    assert facts is not None
    assert facts.choices == ["on", "off"]


def test_each_editable_setting_is_listed_under_one_topic() -> None:
    listed = [name for names in BY_TOPIC.values() for name in names]

    assert sorted(listed) == sorted(EDITABLE)


def test_settings_that_code_copies_at_the_start_are_declared_to_need_a_restart() -> None:
    """Code that copies a setting at start must list the setting in READ_AT_START. All other code reads the policy on
    each use, and the policy reflects changed settings.
    """
    source = Path(subscriptions.__path__[0]).parent
    files = [path for folder in ("subscriptions", "bot", "web") for path in (source / folder).rglob("*.py")]
    copies = [match for path in files for match in COPIES.finditer(path.read_text(encoding="utf-8"))]
    assert {match[1] or match[2] for match in copies} <= set(READ_AT_START), (
        "ask the policy each time, or say so in EDITABLE"
    )
    assert all(EDITABLE[name] for names in READ_AT_START.values() for name in names)
