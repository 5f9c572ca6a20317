"""Stripe settings: every problem is named, and no secret is ever shown."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_gateway import Misconfigured
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from tests.support.stripe import environ, settings

REAL = {"STRIPE_SECRET_KEY": "sk_live_51abc", "STRIPE_WEBHOOK_SECRET": "whsec_abc"}


def problems(given: dict[str, str]) -> dict[str, str]:
    with pytest.raises(Misconfigured) as caught:
        StripeSettings.from_environ(given)
    return dict(caught.value.problems)


def test_missing_settings_disable_the_gateway() -> None:
    assert StripeSettings.from_environ({"PATH": "/bin", "PAYPAL_MODE": "live"}) is None


def test_live_key_enables_live_mode() -> None:
    made = StripeSettings.from_environ(REAL)
    assert made is not None
    assert made.api_base is None
    assert made.livemode is True


@pytest.mark.parametrize(
    ("given", "on"), [("", False), ("on", True), ("ON", True), ("true", True), ("off", False), ("0", False)]
)
def test_automatic_tax_can_be_enabled(given: str, on: bool) -> None:
    made = StripeSettings.from_environ({**REAL, "STRIPE_AUTOMATIC_TAX": given})
    assert made is not None
    assert made.automatic_tax is on


def test_tax_setting_alone_does_not_enable_stripe_and_an_invalid_tax_setting_is_named() -> None:
    assert StripeSettings.from_environ({"STRIPE_AUTOMATIC_TAX": "on"}) is None
    assert list(problems({**REAL, "STRIPE_AUTOMATIC_TAX": "maybe"})) == ["STRIPE_AUTOMATIC_TAX"]


def test_several_webhook_secrets_are_accepted_during_rotation() -> None:
    made = settings(STRIPE_WEBHOOK_SECRET=" whsec_demo_a , whsec_demo_b,")
    assert [secret.get_secret_value() for secret in made.webhook_secrets] == ["whsec_demo_a", "whsec_demo_b"]


@pytest.mark.parametrize("value", ["", "   "])
@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_blank_secret_is_named_with_instructions(name: str, value: str) -> None:
    found = problems(environ(**{name: value}))
    assert list(found) == [name]
    assert "missing or blank; put" in found[name]


@pytest.mark.parametrize("value", [",", " , "])
def test_commas_without_a_value_are_not_a_webhook_secret(value: str) -> None:
    assert list(problems(environ(STRIPE_WEBHOOK_SECRET=value))) == ["STRIPE_WEBHOOK_SECRET"]


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_missing_required_setting_is_named(name: str) -> None:
    given = environ()
    del given[name]
    assert list(problems(given)) == [name]


def test_all_problems_are_reported_together() -> None:
    given = environ(
        STRIPE_SECRET_KEY="pk_test_1",
        STRIPE_WEBHOOK_SECRET="sk_test_1",
        STRIPE_PUBLISHABLE_KEY="sk_test_1",
        STRIPE_API_BASE="ftp://127.0.0.1",
    )
    assert sorted(problems(given)) == [
        "STRIPE_API_BASE",
        "STRIPE_PUBLISHABLE_KEY",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
    ]


@pytest.mark.parametrize("key", ["sk_test_", "sk_prod_1", "secret", "sk_test_1\r\nX: y", "sk_test_é", "whsec_1"])
def test_invalid_secret_key_is_refused(key: str) -> None:
    assert list(problems(environ(STRIPE_SECRET_KEY=key))) == ["STRIPE_SECRET_KEY"]


@pytest.mark.parametrize("key", ["sk_live_1", "sk_test_1", "rk_live_1", "rk_test_1"])
def test_valid_secret_key_determines_the_mode(key: str) -> None:
    assert settings(STRIPE_SECRET_KEY=key).livemode is ("_live_" in key)


def test_publishable_key_is_accepted_and_optional() -> None:
    assert settings(STRIPE_PUBLISHABLE_KEY="pk_test_1") == settings()


def test_publishable_key_of_the_other_mode_is_refused() -> None:
    assert list(problems(environ(STRIPE_PUBLISHABLE_KEY="pk_live_1"))) == ["STRIPE_PUBLISHABLE_KEY"]


@pytest.mark.parametrize("base", [None, "", "https://api.stripe.com", "https://stripe.example/path"])
def test_demo_secrets_are_refused_for_remote_addresses(base: str | None) -> None:
    given = environ()
    del given["STRIPE_API_BASE"]
    if base is not None:
        given["STRIPE_API_BASE"] = base
    assert sorted(problems(given)) == ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]


def test_demo_secret_among_several_webhook_secrets_is_refused() -> None:
    given = {**REAL, "STRIPE_WEBHOOK_SECRET": "whsec_abc,whsec_demo_b"}
    assert list(problems(given)) == ["STRIPE_WEBHOOK_SECRET"]


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:8100", "http://127.9.8.7", "http://[::1]:80", "http://localhost:1/stripe", "https://127.0.0.1"],
)
def test_local_service_address_is_accepted(base: str) -> None:
    assert settings(STRIPE_API_BASE=base + "/").api_base == base


@pytest.mark.parametrize(
    "base",
    [
        "http://api.stripe.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://169.254.169.254",
        "http://[::2]",
        "http://0.0.0.0",
        "http://2130706433",
        "https://user:pass@stripe.example",
        "https://stripe.example?x=1",
        "https://stripe.example#x",
        "https://stripe.example:99999",
        "https://stripe.example:0",
        "https://",
        "https://stripe.example/a b",
        "stripe.example",
        "file:///etc/passwd",
        "http://[::1",
        "http://exämple.com",
    ],
)
def test_invalid_address_is_refused(base: str) -> None:
    assert "STRIPE_API_BASE" in problems({**REAL, "STRIPE_API_BASE": base})


def test_secrets_appear_in_no_representation_or_error() -> None:
    made = settings(STRIPE_SECRET_KEY="sk_live_verysecret", STRIPE_WEBHOOK_SECRET="whsec_verysecret")
    assert "verysecret" not in f"{made!r} {made}"
    with pytest.raises(Misconfigured) as caught:
        StripeSettings.from_environ(environ(STRIPE_SECRET_KEY="verysecret", STRIPE_WEBHOOK_SECRET="verysecret"))
    assert "verysecret" not in f"{caught.value!r} {caught.value} {caught.value.problems}"
