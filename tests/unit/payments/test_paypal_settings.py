"""PayPal settings: every problem is named, and no secret is ever shown."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_gateway import Misconfigured
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory
from subscriptions.infrastructure.payments.paypal import descriptor
from subscriptions.infrastructure.payments.paypal.settings import NAMES, PayPalSettings, Proof
from tests.support.paypal import OTHER_WEBHOOK, WEBHOOK, FakeClock, environ, settings
from tests.support.paypal_signing import ROOT, pem

REAL = {
    "PAYPAL_CLIENT_ID": "AZx-9_real",
    "PAYPAL_CLIENT_SECRET": "EKv-8_real",
    "PAYPAL_WEBHOOK_ID": WEBHOOK,
    "PAYPAL_MODE": "live",
}
REQUIRED = list(REAL)


def problems(given: dict[str, str]) -> dict[str, str]:
    with pytest.raises(Misconfigured) as caught:
        PayPalSettings.from_environ(given)
    return dict(caught.value.problems)


def test_missing_settings_disable_the_gateway() -> None:
    assert PayPalSettings.from_environ({"PATH": "/bin", "STRIPE_SECRET_KEY": "sk_live_1"}) is None


@pytest.mark.parametrize(
    ("mode", "base"), [("live", "https://api-m.paypal.com"), ("sandbox", "https://api-m.sandbox.paypal.com")]
)
def test_mode_setting_selects_the_live_or_sandbox_service(mode: str, base: str) -> None:
    made = PayPalSettings.from_environ({**REAL, "PAYPAL_MODE": mode})
    assert made is not None
    assert (made.api_base, made.livemode, made.loopback, made.proof) == (base, mode == "live", False, Proof.OFFLINE)


def test_simulator_address_without_a_mode_selects_sandbox_mode() -> None:
    assert settings(PAYPAL_MODE="").mode == "sandbox"


def test_custom_authority_may_be_written_on_one_line() -> None:
    text = pem(ROOT.certificate).decode()
    assert settings(PAYPAL_WEBHOOK_CA=text.strip().replace("\n", "\\n")).authorities == text.strip()
    for bad in (text[:200], f"{text},{text}", f"{text} or so"):
        assert list(problems(environ(PAYPAL_WEBHOOK_CA=bad))) == ["PAYPAL_WEBHOOK_CA"]


def test_several_webhook_ids_are_accepted_during_replacement() -> None:
    assert settings(PAYPAL_WEBHOOK_ID=f" {WEBHOOK} ,{OTHER_WEBHOOK},").webhook_ids == (WEBHOOK, OTHER_WEBHOOK)


@pytest.mark.parametrize("value", ["", "   "])
@pytest.mark.parametrize("name", REQUIRED)
def test_blank_setting_is_named_with_instructions(name: str, value: str) -> None:
    found = problems({**REAL, name: value})
    assert list(found) == [name]
    assert "missing or blank; put" in found[name]


def test_all_problems_are_reported_together() -> None:
    given = {
        "PAYPAL_CLIENT_ID": "two words",
        "PAYPAL_CLIENT_SECRET": "é",
        "PAYPAL_WEBHOOK_ID": "WH-0G2756385H040842W-5Y612302CV158622M",
        "PAYPAL_MODE": "production",
        "PAYPAL_VERIFY": "never",
        "PAYPAL_API_BASE": "ftp://127.0.0.1",
        "PAYPAL_WEBHOOK_CA": "CERT",
    }
    assert sorted(problems(given)) == sorted(NAMES)


def test_event_id_instead_of_a_webhook_id_is_recognized() -> None:
    assert "is the ID of an event" in problems(environ(PAYPAL_WEBHOOK_ID="WH-1"))["PAYPAL_WEBHOOK_ID"]


@pytest.mark.parametrize("value", ["a|b", "a b", "é", "1\r\nX: y"])
def test_invalid_webhook_id_is_refused(value: str) -> None:
    assert list(problems(environ(PAYPAL_WEBHOOK_ID=value))) == ["PAYPAL_WEBHOOK_ID"]


@pytest.mark.parametrize(("value", "proof"), [("", "offline"), ("OFFLINE", "offline"), ("postback", "postback")])
def test_webhook_verification_method_is_offline_unless_postback_is_configured(value: str, proof: str) -> None:
    assert settings(PAYPAL_VERIFY=value).proof == proof


@pytest.mark.parametrize("base", [None, "", "https://api-m.paypal.com", "https://paypal.example/path"])
def test_demo_values_are_refused_for_remote_addresses(base: str | None) -> None:
    given = environ(PAYPAL_WEBHOOK_ID="DEMO1")
    del given["PAYPAL_API_BASE"]
    if base is not None:
        given["PAYPAL_API_BASE"] = base
    assert sorted(problems(given)) == ["PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID"]


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8100", "http://[::1]:80", "http://localhost:1/paypal", "https://127.0.0.1"]
)
def test_local_service_address_is_accepted(base: str) -> None:
    made = settings(PAYPAL_API_BASE=base + "/")
    assert (made.api_base, made.loopback) == (base, True)


@pytest.mark.parametrize(
    "base",
    [
        "http://api-m.paypal.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://169.254.169.254",
        "http://0.0.0.0",
        "https://user:pass@paypal.example",
        "https://paypal.example?x=1",
        "https://paypal.example:0",
        "https://",
        "https://paypal.example/a b",
        "paypal.example",
        "http://[::1",
    ],
)
def test_invalid_address_is_refused(base: str) -> None:
    assert "PAYPAL_API_BASE" in problems({**REAL, "PAYPAL_API_BASE": base})


def test_secrets_appear_in_no_representation_or_error() -> None:
    made = settings(PAYPAL_CLIENT_SECRET="verysecret")
    assert "verysecret" not in f"{made!r} {made}"
    with pytest.raises(Misconfigured) as caught:
        PayPalSettings.from_environ(environ(PAYPAL_CLIENT_SECRET="very secret", PAYPAL_CLIENT_ID="very secret"))
    assert "very secret" not in f"{caught.value!r} {caught.value} {caught.value.problems}"


def test_every_setting_is_listed_by_name() -> None:
    factory = GatewayFactory({**REAL, "PAYPAL_MODE": ""}, FakeClock(), {"paypal": descriptor})
    states = {state.name: state for state in factory.settings("paypal")}
    assert set(states) == set(NAMES)
    assert (states["PAYPAL_MODE"].is_given, states["PAYPAL_CLIENT_ID"].problem) == (False, None)
    assert states["PAYPAL_MODE"].problem is not None
    assert factory.get("paypal") is None
