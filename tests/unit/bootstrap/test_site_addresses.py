"""Settings that contain an address: the permitted parts of an address, and the address of the console."""

from __future__ import annotations

import pytest

from subscriptions.bootstrap.checks.address import ask_address
from subscriptions.bootstrap.settings.console import ConsoleSettings
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.infrastructure.environment import EnvironmentSettings
from tests.support.removed import settings_of_removed

URL = "postgresql://u:p@h/d"
TOKEN = "123456:" + "a" * 35
SITES = ("WEB_BASE_URL", "CONSOLE_BASE_URL")
PAGES = {
    "BOT_WEBHOOK_URL": BotSettings,
    "TELEGRAM_BOT_API_BASE": BotSettings,
    "TELEGRAM_LOGIN_BASE": WebSettings,
    "FOOTBALL_DATA_API_BASE": WorkerSettings,
    "VERIFACTU_URL": WorkerSettings,
    "CLOCK_WITNESS": CoreSettings,
    "OTEL_EXPORTER_OTLP_ENDPOINT": CoreSettings,
}
PAGES = {name: kind for name, kind in PAGES.items() if not settings_of_removed({name})}


def read(kind: type[EnvironmentSettings], **environ: str) -> object:
    """Return the settings, or the problem of the only invalid setting."""
    whole = {"DATABASE_URL": URL, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN, **environ}
    try:
        return load(kind, whole)
    except SettingsError as error:
        (problem,) = error.problems.values()
        return problem


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("https://shop.example/bot", "has a path"),
        ("https://shop.example//", ""),
        ("https://shop.example?x=1", "has a ? or a #"),
        ("https://shop.example/#top", "has a ? or a #"),
        ("https://ana:hunter2@shop.example", "holds a login"),
        ("https://ana@shop.example", "holds a login"),
        ("https://shop.example:0", "is not an address"),
        ("https://shop.example:port", "is not an address"),
        ("https://", "is not an address"),
        ("https://tienda españa.example", "has spaces or letters"),
        ("shop.example", "must begin with https://"),
        ("ftp://shop.example", "must begin with https://"),
    ],
)
def test_site_address_has_no_path_query_or_login(name: str, address: str, part: str) -> None:
    said = read(CoreSettings, **{name: address})
    if not part:
        assert isinstance(said, CoreSettings)
        return
    assert str(said).startswith(part), said
    assert "hunter2" not in str(said)
    assert "ana" not in str(said).partition("; put there")[0].replace("and", "")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("rest", "part"),
    [("?x=1", "has a ? or a #"), ("/#top", "has a ? or a #"), (":0", "is not an address")],
)
def test_page_address_with_a_query_fragment_or_login_is_refused(name: str, rest: str, part: str) -> None:
    assert str(read(PAGES[name], **{name: f"https://api.example{rest}"})).startswith(part)
    assert str(read(PAGES[name], **{name: "https://ana:hunter2@api.example/x"})).startswith("holds a login")
    assert isinstance(read(PAGES[name], **{name: "https://api.example/path"}), PAGES[name])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://10.0.0.1:80", "http://10.0.0.1"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://shop.example.", "https://shop.example"),
    ],
)
def test_addresses_are_normalized_as_browsers_do(written: str, address: str) -> None:
    settings = load(CoreSettings, {"DATABASE_URL": URL, "WEB_BASE_URL": written, "CONSOLE_BASE_URL": written})
    assert (settings.web_base_url, settings.console_base_url) == (address, address)


@pytest.mark.parametrize("kind", [BotSettings, WebSettings])
@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://127.0.0.1:8001"),
        ({"OPS_PORT": "9100"}, "http://127.0.0.1:9100"),
        ({"OPS_PORT": "9100", "OPS_HOST": "::"}, "http://127.0.0.1:9100"),
        ({"OPS_HOST": "10.8.0.1"}, "http://10.8.0.1:8001"),
        ({"OPS_HOST": "fd00::1"}, "http://[fd00::1]:8001"),
        ({"OPS_PORT": "9100", "CONSOLE_BASE_URL": "https://console.example"}, "https://console.example"),
        ({"OPS_PORT": "9100", "CONSOLE": "public", "WEB_BASE_URL": "https://a.example"}, "https://a.example"),
        ({"OPS_PORT": "9100", "CONSOLE": "off"}, None),
    ],
)
def test_bot_and_web_link_to_the_same_console_address(
    kind: type[ConsoleSettings], environ: dict[str, str], address: str | None
) -> None:
    settings = read(kind, **environ)
    assert isinstance(settings, ConsoleSettings)
    assert settings.console_url == address


async def test_wizard_names_the_invalid_part_of_an_address() -> None:
    trouble = await ask_address("https://shop.example/bot", is_serving=False)
    assert trouble is not None
    assert trouble.facts["detail"].startswith("has a path")
