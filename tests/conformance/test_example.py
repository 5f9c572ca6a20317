"""The example of a third-party gateway passes the conformance kit when installed next to Umbral."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, ConfirmsByHand, PaymentEventKind
from tests.conformance.installing import installed_into
from tests.fakes.clock import ManualClock
from umbral.testing import descriptor_faults, gateway_faults
from umbral.testing.conformance import BEHAVIOURS, Runner, Subject, Verdict, installed
from umbral.testing.kit.matrix import SIGNS, cell

EXAMPLE = Path(__file__).parents[2] / "examples" / "gateway-transfer"
PAGE = Path(__file__).parents[2] / "docs" / "gateways.md"
ENVIRON = {"TRANSFER_PAGE": "https://shop.example/account", "TRANSFER_SECRET": "known-to-nobody-else"}


@pytest.fixture(scope="module")
def transfer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """Make the example gateway importable while this module's tests run, and yield it as a subject of the conformance
    kit.
    """
    site = tmp_path_factory.mktemp("example")
    installed_into(site, EXAMPLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        yield installed("transfer")


@pytest.fixture(scope="module")
def runner(transfer: Subject, conformance_database: str) -> Iterator[Runner]:
    with Runner(transfer, conformance_database) as running:
        yield running


@pytest.mark.parametrize("number", sorted(BEHAVIOURS), ids=lambda number: BEHAVIOURS[number].id)
def test_example_gateway_fulfills_each_conformance_requirement(number: int, runner: Runner) -> None:
    outcome = runner.outcome(number)

    assert outcome.verdict is not Verdict.FAILS, outcome.words
    assert cell(PAGE.read_text(encoding="utf-8"), "transfer", number) == SIGNS[outcome.verdict], "run `make gateways`"


async def test_sealed_manual_decision_is_parsed_as_a_payment_event(transfer: Subject) -> None:
    clock = ManualClock()
    settings = transfer.descriptor.settings.from_environ(ENVIRON)
    gateway = transfer.descriptor.load(settings, clock)
    assert descriptor_faults("transfer", transfer.descriptor) == []
    assert gateway_faults(transfer.descriptor, gateway) == []
    assert Capability.MANUAL in gateway.capabilities
    assert isinstance(gateway, ConfirmsByHand)
    price = Money(2999, "EUR")
    for confirmed, kind in ((True, PaymentEventKind.PAYMENT_COMPLETED), (False, PaymentEventKind.PAYMENT_FAILED)):
        sealed = gateway.seal_decision("s1", "o1", price, is_confirmed=confirmed, decided_at=clock.now())
        event = await gateway.parse_webhook(sealed)
        assert (event.kind, event.checkout_ref, event.order_id, event.amount) == (kind, "s1", "o1", price)
