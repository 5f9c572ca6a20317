"""Settings: what is wrong is named, one by one, and no secret is ever shown."""

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


def test_nothing_given_is_disabled() -> None:
    assert PayPalSettings.from_environ({"PATH": "/bin", "STRIPE_SECRET_KEY": "sk_live_1"}) is None


@pytest.mark.parametrize(
    ("mode", "base"), [("live", "https://api-m.paypal.com"), ("sandbox", "https://api-m.sandbox.paypal.com")]
)
def test_the_two_services(mode: str, base: str) -> None:
    made = PayPalSettings.from_environ({**REAL, "PAYPAL_MODE": mode})
    assert made is not None
    assert (made.api_base, made.livemode, made.loopback, made.proof) == (base, mode == "live", False, Proof.OFFLINE)


def test_a_stand_in_on_this_machine_has_but_one_mode() -> None:
    assert settings(PAYPAL_MODE="").mode == "sandbox"


def test_an_authority_of_ones_own_may_be_written_on_one_line() -> None:
    text = pem(ROOT.certificate).decode()
    assert settings(PAYPAL_WEBHOOK_CA=text.strip().replace("\n", "\\n")).authorities == text.strip()
    for bad in (text[:200], f"{text},{text}", f"{text} or so"):
        assert list(problems(environ(PAYPAL_WEBHOOK_CA=bad))) == ["PAYPAL_WEBHOOK_CA"]


def test_several_webhooks_while_one_is_replaced() -> None:
    assert settings(PAYPAL_WEBHOOK_ID=f" {WEBHOOK} ,{OTHER_WEBHOOK},").webhook_ids == (WEBHOOK, OTHER_WEBHOOK)


@pytest.mark.parametrize("value", ["", "   "])
@pytest.mark.parametrize("name", REQUIRED)
def test_a_blank_setting_is_named_with_what_to_put_there(name: str, value: str) -> None:
    found = problems({**REAL, name: value})
    assert list(found) == [name]
    assert "missing or blank; put" in found[name]


def test_everything_wrong_is_told_at_once() -> None:
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


def test_the_id_of_an_event_is_told_from_that_of_the_webhook() -> None:
    assert "is the ID of an event" in problems(environ(PAYPAL_WEBHOOK_ID="WH-1"))["PAYPAL_WEBHOOK_ID"]


@pytest.mark.parametrize("value", ["a|b", "a b", "é", "1\r\nX: y"])
def test_what_is_no_webhook_id(value: str) -> None:
    assert list(problems(environ(PAYPAL_WEBHOOK_ID=value))) == ["PAYPAL_WEBHOOK_ID"]


@pytest.mark.parametrize(("value", "proof"), [("", "offline"), ("OFFLINE", "offline"), ("postback", "postback")])
def test_how_deliveries_are_proven(value: str, proof: str) -> None:
    assert settings(PAYPAL_VERIFY=value).proof == proof


@pytest.mark.parametrize("base", [None, "", "https://api-m.paypal.com", "https://paypal.example/path"])
def test_demo_values_are_refused_away_from_this_machine(base: str | None) -> None:
    given = environ(PAYPAL_WEBHOOK_ID="DEMO1")
    del given["PAYPAL_API_BASE"]
    if base is not None:
        given["PAYPAL_API_BASE"] = base
    assert sorted(problems(given)) == ["PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID"]


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8100", "http://[::1]:80", "http://localhost:1/paypal", "https://127.0.0.1"]
)
def test_addresses_of_this_machine(base: str) -> None:
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
def test_addresses_that_are_refused(base: str) -> None:
    assert "PAYPAL_API_BASE" in problems({**REAL, "PAYPAL_API_BASE": base})


def test_no_secret_in_repr_text_or_refusal() -> None:
    made = settings(PAYPAL_CLIENT_SECRET="verysecret")
    assert "verysecret" not in f"{made!r} {made}"
    with pytest.raises(Misconfigured) as caught:
        PayPalSettings.from_environ(environ(PAYPAL_CLIENT_SECRET="very secret", PAYPAL_CLIENT_ID="very secret"))
    assert "very secret" not in f"{caught.value!r} {caught.value} {caught.value.problems}"


def test_the_panel_learns_every_setting_by_name() -> None:
    factory = GatewayFactory({**REAL, "PAYPAL_MODE": ""}, FakeClock(), {"paypal": descriptor})
    states = {state.name: state for state in factory.settings("paypal")}
    assert set(states) == set(NAMES)
    assert (states["PAYPAL_MODE"].is_given, states["PAYPAL_CLIENT_ID"].problem) == (False, None)
    assert states["PAYPAL_MODE"].problem is not None
    assert factory.get("paypal") is None
