"""Check that Stars are off unless enabled in the settings, and that missing settings are named."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_gateway import Misconfigured
from subscriptions.infrastructure.payments.stars.settings import StarsSettings
from tests.support.stars import TOKEN, environ

BOT = "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"


@pytest.mark.parametrize("switch", ["", "off", "OFF", "no", "0", "false"])
def test_bot_token_alone_does_not_enable_stars(switch: str) -> None:
    assert StarsSettings.from_environ({**environ(), "STARS": switch}) is None


@pytest.mark.parametrize("switch", ["on", "ON", " yes ", "1", "true"])
def test_stars_can_be_enabled(switch: str) -> None:
    made = StarsSettings.from_environ({"STARS": switch, BOT: TOKEN})

    assert made is not None
    assert made.api_base == "https://api.telegram.org"
    assert TOKEN not in repr(made)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"STARS": "on"}, {BOT}),
        ({"STARS": "on", BOT: "a token"}, {BOT}),
        ({"STARS": "maybe", BOT: TOKEN}, {"STARS"}),
        ({"STARS": "on", "TELEGRAM_BOT_API_BASE": "telegram"}, {BOT, "TELEGRAM_BOT_API_BASE"}),
        ({"STARS": "on", BOT: TOKEN, "TELEGRAM_BOT_API_BASE": "https://a@b.example"}, {"TELEGRAM_BOT_API_BASE"}),
    ],
    ids=["no bot", "no token", "unknown choice", "duplicate setting", "odd address"],
)
def test_invalid_setting_is_named(given: dict[str, str], named: set[str]) -> None:
    with pytest.raises(Misconfigured) as caught:
        StarsSettings.from_environ(given)

    assert set(dict(caught.value.problems)) == named
    assert "a token" not in str(caught.value)
