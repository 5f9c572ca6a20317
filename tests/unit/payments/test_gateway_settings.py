"""Check that a gateway with incomplete settings in the environment is left out, and that the report names the settings
and never their values.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.bootstrap import doctor
from subscriptions.domain.ports.payment_gateway import Capability
from subscriptions.infrastructure.payments.gateway_factory import installed_gateways
from tests.support.stripe import environ
from tests.support.toy_gateway import ModestSettings, factory, toy


@pytest.mark.parametrize("wanted", ["", "toy,stripe", "stripe,toy"])
def test_incomplete_gateway_is_left_out_and_other_gateways_are_offered(wanted: str) -> None:
    given = {"TOY": "bad", "PAYMENT_GATEWAYS": wanted, **environ()}
    registry = factory(given, toy(), installed_gateways()["stripe"])
    assert registry.enabled_names() == ("stripe",)
    assert registry.get("stripe") is not None
    assert registry.get("toy") is None
    assert list(registry.problems()) == ["toy"]


def test_settings_are_reported_by_name_and_never_by_value() -> None:
    given = environ(STRIPE_WEBHOOK_SECRET="nonsense-value")
    registry = factory(given, installed_gateways()["stripe"])
    states = {item.name: (item.is_given, item.problem is not None) for item in registry.settings("stripe")}
    assert states["STRIPE_SECRET_KEY"] == (True, False)
    assert states["STRIPE_WEBHOOK_SECRET"] == (True, True)
    assert states["STRIPE_PUBLISHABLE_KEY"] == (False, False)
    reported = repr(registry.settings("stripe"))
    assert not [value for value in given.values() if len(value) > 6 and value in reported]
    assert registry.settings("nopay") == ()


def test_live_mode_of_a_gateway_is_none_if_its_settings_do_not_state_it() -> None:
    registry = factory({"TOY": "1", **environ()}, toy(), installed_gateways()["stripe"])
    assert registry.livemode("stripe") is False
    assert registry.livemode("toy") is None
    assert registry.livemode("nopay") is None


def test_disabled_capability_is_not_declared() -> None:
    able = replace(toy(), capabilities=frozenset([Capability.RECURRING, Capability.FETCH]), settings=ModestSettings)
    assert factory({}, able).descriptors()["toy"].capabilities == able.capabilities
    found = factory({"TOY": "1"}, able).descriptors()["toy"]
    assert found.capabilities == frozenset([Capability.FETCH])


def test_doctor_names_each_faulty_setting_and_the_payment_method_left_out() -> None:
    wrong = doctor.report(environ(STRIPE_WEBHOOK_SECRET=""))
    (line,) = [line for line in wrong if line.startswith("STRIPE_")]
    assert line.startswith("STRIPE_WEBHOOK_SECRET: is missing or blank;")
    assert line.endswith("(payment method stripe is left out)")
    assert any("none is configured, so nothing can be sold" in line for line in wrong)
    assert not [line for line in doctor.report(environ()) if "payment method" in line]
