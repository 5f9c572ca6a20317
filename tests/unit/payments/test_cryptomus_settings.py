"""Cryptomus settings: every problem is named, and no secret is ever shown."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_gateway import Capability, Misconfigured
from subscriptions.infrastructure.payments.cryptomus import descriptor
from subscriptions.infrastructure.payments.cryptomus.settings import CryptomusSettings
from tests.support.cryptomus import KEY, MERCHANT, FakeClock, environ, gateway_for, settings
from umbral.testing import descriptor_faults, gateway_faults, webhook_faults

REAL = {
    "CRYPTOMUS_MERCHANT_ID": MERCHANT,
    "CRYPTOMUS_API_KEY": "a1b2c3d4e5f6",
    "WEB_BASE_URL": "https://shop.example/",
}


def problems(given: dict[str, str]) -> dict[str, str]:
    with pytest.raises(Misconfigured) as caught:
        CryptomusSettings.from_environ(given)
    return dict(caught.value.problems)


def test_missing_settings_disable_the_gateway() -> None:
    assert CryptomusSettings.from_environ({"PATH": "/bin", "WEB_BASE_URL": "https://shop.example"}) is None
    assert CryptomusSettings.from_environ({"CRYPTOMUS_API_KEY": "  "}) is None
    assert CryptomusSettings.from_environ({"CRYPTOMUS_RECURRENCE": "on", "CRYPTOMUS_CALLBACK_URL": "x"}) is None


def test_required_settings_alone_select_the_live_service() -> None:
    made = CryptomusSettings.from_environ(REAL)
    assert made is not None
    assert made.api_base == "https://api.cryptomus.com"
    assert made.callback_url == "https://shop.example/webhooks/cryptomus"
    assert made.recurrence is False
    assert [secret.get_secret_value() for secret in made.webhook_secrets] == ["a1b2c3d4e5f6"]
    assert made.allowed_ips == ()


@pytest.mark.parametrize("name", ["CRYPTOMUS_MERCHANT_ID", "CRYPTOMUS_API_KEY"])
@pytest.mark.parametrize("value", ["", "   ", None])
def test_missing_required_setting_is_named(name: str, value: str | None) -> None:
    given = environ()
    if value is None:
        del given[name]
    else:
        given[name] = value
    found = problems(given)
    assert list(found) == [name]
    assert "missing or blank; put" in found[name]


def test_all_problems_are_reported_together() -> None:
    given = environ(
        CRYPTOMUS_MERCHANT_ID="é",
        CRYPTOMUS_API_KEY="short",
        CRYPTOMUS_WEBHOOK_SECRET=" , ",
        CRYPTOMUS_API_BASE="ftp://127.0.0.1",
        CRYPTOMUS_RECURRENCE="perhaps",
        CRYPTOMUS_ALLOWED_IPS="example.com",
    )
    assert sorted(problems(given)) == [
        "CRYPTOMUS_ALLOWED_IPS",
        "CRYPTOMUS_API_BASE",
        "CRYPTOMUS_API_KEY",
        "CRYPTOMUS_MERCHANT_ID",
        "CRYPTOMUS_RECURRENCE",
        "CRYPTOMUS_WEBHOOK_SECRET",
    ]


@pytest.mark.parametrize("name", ["CRYPTOMUS_WEBHOOK_SECRET", "CRYPTOMUS_API_BASE"])
def test_missing_required_settings_are_reported_if_only_one_setting_is_given(name: str) -> None:
    given = {name: {"CRYPTOMUS_API_BASE": "http://127.0.0.1:9"}.get(name, KEY)}
    assert {"CRYPTOMUS_MERCHANT_ID", "CRYPTOMUS_API_KEY"} <= set(problems(given))


def test_several_webhook_secrets_are_accepted_during_rotation() -> None:
    made = settings(CRYPTOMUS_WEBHOOK_SECRET=" demo_key_new , demo_key_old,")
    assert [secret.get_secret_value() for secret in made.webhook_secrets] == ["demo_key_new", "demo_key_old"]
    assert made.api_key.get_secret_value() == KEY


def test_previous_api_key_is_accepted_for_webhooks() -> None:
    made = settings(CRYPTOMUS_API_KEY="demo_key_new,demo_key_old")
    assert made.api_key.get_secret_value() == "demo_key_new"
    assert [secret.get_secret_value() for secret in made.webhook_secrets] == ["demo_key_new", "demo_key_old"]
    assert list(problems(environ(CRYPTOMUS_API_KEY=" , "))) == ["CRYPTOMUS_API_KEY"]
    assert list(problems(environ(CRYPTOMUS_API_KEY="demo_key_new,old"))) == ["CRYPTOMUS_API_KEY"]


@pytest.mark.parametrize(("value", "on"), [("on", True), ("ON", True), ("off", False), ("", False)])
def test_recurrence_can_be_enabled(value: str, on: bool) -> None:
    made = gateway_for(FakeClock(), CRYPTOMUS_RECURRENCE=value)
    assert (Capability.RECURRING in made.capabilities) is on
    assert (Capability.CANCEL_AT_PERIOD_END in made.capabilities) is on
    assert Capability.REFUND not in descriptor.capabilities


@pytest.mark.parametrize("name", ["CRYPTOMUS_API_KEY", "CRYPTOMUS_WEBHOOK_SECRET"])
@pytest.mark.parametrize("key", ["demo_key_1", "DEMO-key1"])
def test_demo_secrets_are_refused_for_remote_addresses(key: str, name: str) -> None:
    assert list(problems({**REAL, name: key})) == [name]


@pytest.mark.parametrize(
    "base",
    [
        "http://127.0.0.1:8100",
        "http://127.9.8.7",
        "http://[::1]:80",
        "http://localhost:1/cryptomus",
        "https://127.0.0.1",
    ],
)
def test_local_service_address_is_accepted(base: str) -> None:
    assert settings(CRYPTOMUS_API_BASE=base + "/").api_base == base


@pytest.mark.parametrize(
    "base",
    [
        "http://api.cryptomus.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://169.254.169.254",
        "http://0.0.0.0",
        "https://user:pass@pay.example",
        "https://pay.example?x=1",
        "https://pay.example#x",
        "https://pay.example:99999",
        "https://",
        "pay.example",
        "file:///etc/passwd",
        "http://[::1",
        "http://exämple.com",
        "https://pay.example/a b",
    ],
)
def test_invalid_address_is_refused(base: str) -> None:
    assert "CRYPTOMUS_API_BASE" in problems({**REAL, "CRYPTOMUS_API_BASE": base})


def test_callback_is_configured_or_derived_from_the_site() -> None:
    assert settings().callback_url == "http://127.0.0.1:8000/webhooks/cryptomus"
    given = environ(CRYPTOMUS_CALLBACK_URL="https://hooks.example/c")
    made = CryptomusSettings.from_environ(given)
    assert made is not None
    assert made.callback_url == "https://hooks.example/c"
    without = environ()
    del without["WEB_BASE_URL"]
    made = CryptomusSettings.from_environ(without)
    assert made is not None
    assert made.callback_url == "http://127.0.0.1:8000/webhooks/cryptomus"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"WEB_BASE_URL": ""}, "so is WEB_BASE_URL"),
        ({"WEB_BASE_URL": "http://127.0.0.1:8000"}, "this machine"),
        ({"CRYPTOMUS_CALLBACK_URL": "http://localhost/x"}, "this machine"),
        ({"CRYPTOMUS_CALLBACK_URL": "https://u:p@shop.example/x"}, "plain address"),
        ({"CRYPTOMUS_CALLBACK_URL": "https://shop.example/" + "x" * 250}, "plain address"),
        ({"CRYPTOMUS_CALLBACK_URL": "shop.example"}, "plain address"),
    ],
    ids=["no site", "this machine", "localhost", "password", "long", "no scheme"],
)
def test_unreachable_callback_is_refused(changes: dict[str, str], why: str) -> None:
    found = problems({**REAL, **changes})
    assert list(found) == ["CRYPTOMUS_CALLBACK_URL"]
    assert why in found["CRYPTOMUS_CALLBACK_URL"]


def test_secrets_appear_in_no_representation_or_error() -> None:
    made = settings(CRYPTOMUS_API_KEY="verysecret", CRYPTOMUS_WEBHOOK_SECRET="verysecret2")
    assert "verysecret" not in f"{made!r} {made}"
    with pytest.raises(Misconfigured) as caught:
        CryptomusSettings.from_environ(environ(CRYPTOMUS_API_KEY="very secret", CRYPTOMUS_WEBHOOK_SECRET="very secret"))
    assert "very secret" not in f"{caught.value!r} {caught.value} {caught.value.problems}"


@pytest.mark.parametrize("recurrence", ["on", "off"])
async def test_gateway_has_exactly_the_capabilities_in_its_descriptor(recurrence: str) -> None:
    made = gateway_for(FakeClock(), CRYPTOMUS_RECURRENCE=recurrence)
    assert descriptor_faults("cryptomus", descriptor) == []
    assert gateway_faults(descriptor, made) == []
    assert await webhook_faults(made, FakeClock().now()) == []
    await made.aclose()
