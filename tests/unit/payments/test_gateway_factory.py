"""Check that gateways are found by entry point and created on demand, and that all invalid configurations are reported
at once.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from subscriptions.application.feature_failures import FAILURES
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CompletesEvents,
    FetchesCheckouts,
    GatewayDescriptor,
    GatewayRegistry,
    MakesPrices,
    Misconfigured,
    PaymentGateway,
    RefundsPayments,
    ResumesSubscriptions,
)
from subscriptions.infrastructure.payments.gateway_factory import (
    ENTRY_POINTS,
    GatewayFactory,
    installed_gateways,
)
from tests.support.stripe import FakeClock, environ
from tests.support.toy_gateway import ToyGateway, ToySettings, factory, toy, without_library

HERE = "tests.unit.payments.test_gateway_factory"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Remove the recorded failures that a test planted."""
    yield
    FAILURES.lasting.clear()


descriptor_of_this_module = toy()
another_of_its_code = toy()


def test_installed_gateways_are_found_by_entry_point() -> None:
    assert "stripe" in installed_gateways()


def test_package_adds_its_gateway_by_one_entry_point() -> None:
    entry = EntryPoint("toy", f"{HERE}:descriptor_of_this_module", ENTRY_POINTS)
    assert set(installed_gateways([entry])) == {"toy"}


def test_package_that_fails_to_import_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    entry = EntryPoint("gone", "no_such_package.gateway:descriptor", ENTRY_POINTS)
    with caplog.at_level(logging.WARNING):
        assert installed_gateways([entry]) == {}
    assert "gone" in caplog.text


@pytest.mark.parametrize("source", ["raise ZeroDivisionError", "raise SystemExit(3)", "descriptor = 7", "descriptor ="])
def test_package_with_invalid_code_or_descriptor_is_left_out_and_named(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = f"failing_{abs(hash(source))}"
    (tmp_path / f"{package}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    entries = [
        EntryPoint("odd", f"{package}:descriptor", ENTRY_POINTS),
        EntryPoint("toy", f"{HERE}:descriptor_of_this_module", ENTRY_POINTS),
    ]

    assert set(installed_gateways(entries)) == {"toy"}
    assert ("odd", "payment gateway") in FAILURES.take()


@pytest.mark.parametrize("value", [f"{HERE}:HERE", f"{HERE}:toy"])
def test_entry_point_without_a_descriptor_is_left_out_and_named(value: str) -> None:
    assert installed_gateways([EntryPoint("odd", value, ENTRY_POINTS)]) == {}
    assert "odd = " in FAILURES.take()["odd", "payment gateway"]


class FailingSettings:
    """Settings that fail with an error that names no setting."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> FailingSettings:
        """Raise an error that names no setting."""
        raise ZeroDivisionError


def fail(settings: object, clock: object) -> PaymentGateway:
    raise ZeroDivisionError


def test_failure_of_a_gateway_to_read_its_settings_does_not_affect_other_gateways() -> None:
    failing = replace(toy(), code="odd", settings=FailingSettings)
    factory = GatewayFactory({}, FakeClock(), {"odd": failing, "toy": toy()})

    assert set(factory.descriptors()) == {"toy"}
    assert ("odd", "payment gateway") in FAILURES.take()


def test_gateway_that_cannot_be_created_is_named() -> None:
    factory = GatewayFactory({"TOY": "good"}, FakeClock(), {"toy": replace(toy(), load=fail)})

    assert factory.get("toy") is None
    assert ("toy", "payment gateway") in FAILURES.take()


def test_distribution_installed_under_two_names_adds_its_gateways_once() -> None:
    entries = [EntryPoint("toy", f"{HERE}:descriptor_of_this_module", ENTRY_POINTS)] * 2
    assert set(installed_gateways(entries)) == {"toy"}


def test_two_gateways_with_one_code_are_refused() -> None:
    names = ("descriptor_of_this_module", "another_of_its_code")
    entries = [EntryPoint("toy", f"{HERE}:{name}", ENTRY_POINTS) for name in names]
    with pytest.raises(Misconfigured, match="two packages"):
        installed_gateways(entries)


def test_gateway_without_settings_is_disabled_but_described() -> None:
    registry: GatewayRegistry = factory({}, toy())
    assert registry.enabled_names() == ()
    assert registry.get("toy") is None
    assert registry.descriptors()["toy"].label["es"] == "Juguete"


def test_factory_returns_none_for_an_unknown_gateway() -> None:
    assert factory({"TOY": "1"}, toy()).get("other") is None


def test_gateway_is_created_once_and_on_demand() -> None:
    loads: list[str] = []

    def load(settings: ToySettings, clock: Clock) -> PaymentGateway:
        loads.append(settings.value)
        return ToyGateway(settings)

    registry = factory({"TOY": "1"}, toy(load=load))
    assert registry.enabled_names() == ("toy",)
    assert loads == []
    assert registry.get("toy") is registry.get("toy")
    assert loads == ["1"]


def test_gateway_with_a_missing_library_is_described_but_not_created(caplog: pytest.LogCaptureFixture) -> None:
    registry = factory({"TOY": "1"}, toy(load=without_library))
    with caplog.at_level(logging.WARNING):
        assert registry.get("toy") is None
        assert registry.get("toy") is None
    assert caplog.text.count("not installed in this process") == 1
    assert "toy" in registry.descriptors()


def test_all_problems_of_all_gateways_are_reported_together() -> None:
    given = {"TOY": "bad", **environ(STRIPE_SECRET_KEY="")}
    registry = factory(given, toy(), installed_gateways()["stripe"])
    reported = {code: [name for name, _ in problems] for code, problems in registry.problems().items()}
    assert reported == {"toy": ["TOY", "TOY_TOO"], "stripe": ["STRIPE_SECRET_KEY"]}
    assert registry.enabled_names() == ()
    assert registry.get("toy") is None


@pytest.mark.parametrize(
    ("wanted", "order"),
    [("", ("a", "b", "c")), (" ", ("a", "b", "c")), ("c,a", ("c", "a")), (" b , b ,", ("b",))],
)
def test_gateways_are_in_the_order_chosen_by_the_operator(wanted: str, order: tuple[str, ...]) -> None:
    registry = factory({"TOY": "1", "PAYMENT_GATEWAYS": wanted}, toy("c"), toy("a"), toy("b"))
    assert registry.enabled_names() == order
    assert [code for code in "abc" if registry.get(code)] == sorted(order)


def test_configured_order_with_unavailable_gateways_is_reported() -> None:
    registry = factory({"TOY": "1", "PAYMENT_GATEWAYS": "toy,nopay"}, toy())
    assert registry.enabled_names() == ("toy",)
    assert "'nopay', which is not installed" in str(registry.problems()["nopay"])
    empty = factory({"PAYMENT_GATEWAYS": "toy"}, toy())
    assert empty.enabled_names() == ()
    assert "'toy', which has no settings" in str(empty.problems()["toy"])


async def test_all_gateways_are_closed_even_if_one_fails() -> None:
    made: list[ToyGateway] = []

    def remember(value: str) -> GatewayDescriptor:
        def load(settings: ToySettings, clock: Clock) -> PaymentGateway:
            gateway = ToyGateway(ToySettings(value))
            made.append(gateway)
            return gateway

        return toy(value, load)

    registry = factory({"TOY": "1"}, remember("breaks"), remember("fine"), toy("unused", without_library))
    for code in registry.enabled_names():
        registry.get(code)
    with pytest.raises(ExceptionGroup):
        await registry.aclose()
    assert [gateway.closed for gateway in made] == [["breaks"], ["fine"]]
    await registry.aclose()


def test_reading_settings_imports_no_gateway_library() -> None:
    code = (
        "import sys\n"
        "from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory\n"
        "from tests.support.stripe import FakeClock, environ\n"
        "made = GatewayFactory(environ(), FakeClock())\n"
        "assert made.enabled_names() == ('stripe',), made.enabled_names()\n"
        "assert 'stripe' not in sys.modules and 'httpx' not in sys.modules\n"
        "assert made.get('stripe') is not None and 'stripe' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=Path(__file__).parents[3])


async def test_stripe_gateway_has_exactly_the_capabilities_in_its_descriptor() -> None:
    registry = GatewayFactory(environ(), FakeClock())
    gateway = registry.get("stripe")
    assert gateway is not None
    descriptor = registry.descriptors()["stripe"]
    assert gateway.name == descriptor.code
    assert gateway.capabilities == descriptor.capabilities
    promised = {
        Capability.RESUME: ResumesSubscriptions,
        Capability.FETCH: FetchesCheckouts,
        Capability.PRICE_OBJECTS: MakesPrices,
        Capability.REFUND: RefundsPayments,
    }
    for capability, protocol in promised.items():
        assert (capability in descriptor.capabilities) == isinstance(gateway, protocol)
    assert isinstance(gateway, CompletesEvents)
    await registry.aclose()
