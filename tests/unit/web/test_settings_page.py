"""Check that the settings page of the console shows the value of each setting and never a secret."""

from __future__ import annotations

from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WebSettings
from tests.support.website import ENVIRON
from web.console.pages.settings import MASK, value_of

SECRET = "postgresql://umbral:very-secret@db/umbral"
known = load(WebSettings, {**ENVIRON, "DATABASE_URL": SECRET, "GRACE_DAYS": "6"})


def test_setting_value_is_shown_as_chosen_default_or_set_elsewhere() -> None:
    assert value_of(known, "GRACE_DAYS") == ("6", "chosen")
    assert value_of(known, "RETENTION_DAYS") == ("30", "usual")
    assert value_of(known, "BOT_TOKEN") == (None, "elsewhere")


def test_secret_setting_is_never_shown() -> None:
    assert value_of(known, "DATABASE_URL") == (MASK, "chosen")
    shown = [value_of(known, name)[0] or "" for name in WebSettings.names()]
    assert not [value for value in shown if "very-secret" in value]
    secrets = {value.get_secret_value() for value in vars(known).values() if hasattr(value, "get_secret_value")}
    assert not [value for value in shown if value in secrets]
