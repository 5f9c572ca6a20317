"""The conformance kit detects, for each behaviour it checks, a gateway that violates that behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability
from subscriptions.infrastructure.payments.stripe import CAPABILITIES, descriptor
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from tests.conformance import broken_calls, broken_deliveries
from umbral.testing.conformance import BEHAVIOURS, Runner, Subject, Verdict, checks
from umbral.testing.kit.behaviour import Violated
from umbral.testing.kit.payloads import SETTING
from umbral.testing.kit.subject import installed
from umbral_sandbox.payments.registry import payments_of
from umbral_sandbox.payments.stripe.signing import headers
from umbral_sandbox.payments.webhooks import Delivery, WebhookEndpoint
from umbral_sandbox.world.world import World

BROKEN: dict[int, tuple[type[StripeGateway], str]] = {
    1: (broken_deliveries.FloatAmounts, "were paid, the event says"),
    2: (broken_deliveries.AnySignature, "flipped: "),
    3: (broken_deliveries.NoSignature, "without any proof: taken for"),
    5: (broken_deliveries.AnySignature, "another seller's secret: taken for"),
    6: (broken_deliveries.OneSecret, "the second one is not good"),
    7: (broken_deliveries.Timeless, "signed a year ago: taken for"),
    8: (broken_deliveries.Timeless, "signed in a year: taken for"),
    9: (broken_deliveries.AsciiOnly, "raised UnicodeEncodeError"),
    10: (broken_deliveries.ObjectsOnly, "AttributeError"),
    11: (broken_deliveries.KnownTypesOnly, "an unknown type is not ignored"),
    12: (broken_deliveries.NeedsCurrency, "raised KeyError at broken_deliveries.py:"),
    13: (broken_deliveries.GuessesOrder, "does not stand in the delivery"),
    14: (broken_deliveries.FreshKeys, "jobs"),
    15: (broken_deliveries.KeyPerEvent, "payment keys"),
    16: (broken_deliveries.GuessesPeriod, "end differently"),
    17: (broken_calls.AlwaysActive, "still counts as renewing"),
    18: (broken_deliveries.NamelessRenewals, "are counted as 1"),
    19: (broken_deliveries.AnySignature, "members in another order: taken for"),
    20: (broken_calls.OnceOnly, "counted 0 times"),
    21: (broken_calls.NoIdempotency, "another checkout"),
    22: (broken_calls.GivesUpForGood, "not GatewayUnavailable"),
    23: (broken_calls.Patient, "still waits"),
    24: (broken_calls.AlwaysCanceled, "not answered with False"),
    25: (broken_calls.NeverCancels, "NothingToCancel"),
    26: (broken_calls.NoIdempotency, "do not add up"),
    27: (broken_calls.RefundsOfNothing, "is lost"),
    28: (broken_deliveries.NoDisputes, "while a dispute is open"),
    29: (broken_deliveries.TwoDecimals, "¥300000"),
    30: (broken_deliveries.ReportsTheRequest, "the event says something else"),
    31: (broken_deliveries.AnyMode, "of the other mode"),
    32: (broken_calls.NamelessSubscriptions, "another customer's payment"),
    33: (broken_deliveries.Talkative, "STRIPE_WEBHOOK_SECRET is written"),
    34: (broken_deliveries.LocalTime, "occurred_at"),
    35: (broken_calls.UnknownIsActive, "a state it cannot know"),
    36: (broken_calls.SignsInOften, "25 times"),
    37: (broken_deliveries.FetchesAnything, "leads a request to"),
    38: (broken_calls.ChangesAtOnce, "happens at once"),
    39: (broken_deliveries.PaidTrials, "a trial"),
    40: (broken_calls.LeavesOpen, "connections open"),
    41: (broken_deliveries.NewShapesOnly, "old.json"),
    42: (broken_calls.ListsNothing, "asking does not find it"),
    43: (broken_deliveries.Reading, "complete_event has to ask"),
    44: (broken_calls.ListsOnePage, "events are listed"),
    45: (broken_calls.FreshListKeys, "have another key"),
    46: (broken_calls.ListsByAnotherName, "counts once more when it is listed"),
    47: (broken_calls.CallsItWhole, "and that counts as all of it"),
    48: (broken_calls.CheapForEver, "each period costs"),
    49: (broken_calls.PausesNothing, "NothingToPause"),
    50: (broken_calls.AgreesForThem, "nobody agreed, and a change is to come"),
    51: (broken_calls.PutsNothingOff, "the charge comes on"),
    52: (broken_calls.HoldsNothing, "while they were kept out, they were charged"),
    53: (broken_calls.SendsNothing, "a document of 60 MB is taken"),
    54: (broken_calls.AlwaysActive, "running and ended by the seller, it is active"),
    55: (broken_calls.AlwaysActive, "AlreadySubscribed"),
}


@pytest.fixture(scope="session")
def runner(conformance_database: str) -> Iterator[Runner]:
    """Yield a runner of the conformance kit with one sandbox world, which all broken gateways share."""
    with Runner(installed("stripe"), conformance_database) as running:
        yield running


def with_certificate(endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    """Return the usual headers of a delivery, and a header with the address of a certificate."""
    address = "https://certificates.stripe.invalid/v1/notifications/certs/1"
    return headers(endpoint, delivery, at) | {"X-Certificate": address}


def certify(world: World) -> None:
    """Add the address of a certificate to each delivery."""
    payments_of(world).deliveries.sign_with("stripe", with_certificate)


def leave_out(world: World) -> None:
    """Remove the address of a certificate from each delivery."""
    payments_of(world).deliveries.sign_with("stripe", headers)


def subject(kind: type[StripeGateway], number: int) -> Subject:
    """Return the installed Stripe gateway with a broken adapter, as a subject of the conformance kit."""

    def load(settings: StripeSettings, clock: Clock) -> StripeGateway:
        return kind(settings, clock, claimed)

    # Stripe changes plans without the payer's approval.
    claimed = CAPABILITIES | ({Capability.APPROVE_CHANGE} if number == 50 else set())
    broken = replace(descriptor, load=load, capabilities=claimed)
    return Subject(broken, certify if number == 37 else leave_out)


def test_every_checked_behaviour_has_a_gateway_that_violates_it() -> None:
    assert checks.__all__
    assert sorted(BEHAVIOURS) == list(range(1, 56))
    assert sorted({*BROKEN, 4}) == sorted(BEHAVIOURS)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=() if number % 4 == 0 else pytest.mark.long) for number in sorted(BROKEN)],
    ids=[f"{number:02d}-{BROKEN[number][0].__name__}" for number in sorted(BROKEN)],
)
def test_gateway_that_violates_a_behaviour_fails_the_check_of_that_behaviour(
    number: int, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"id": "evt_old", "type": "invoice.paid", "data": {"object": {}}, "livemode": False}
    (tmp_path / "stripe").mkdir()
    (tmp_path / "stripe" / "old.json").write_text(json.dumps(old))
    monkeypatch.setenv(SETTING, str(tmp_path))
    kind, words = BROKEN[number]

    outcome = runner.outcome_of(subject(kind, number), number)

    assert outcome.verdict is Verdict.FAILS
    assert words in outcome.words


def test_gateway_whose_settings_cannot_be_disabled_fails_the_conformance_kit(runner: Runner) -> None:
    outcome = runner.outcome_of(Subject(replace(descriptor, settings=broken_calls.NeverOff)), 4)

    assert outcome.verdict is Verdict.FAILS
    assert "not switched off" in outcome.words


def test_behaviour_of_an_undeclared_capability_is_reported_as_not_claimed(runner: Runner) -> None:
    """Example: the gateway does not declare the capability of trials, which behaviour 39 tests."""
    modest = replace(descriptor, capabilities=CAPABILITIES - {Capability.TRIAL})

    outcome = runner.outcome_of(Subject(modest), 39)

    assert (outcome.verdict, outcome.words) == (Verdict.NOT_CLAIMED, "without trial")


def test_gateway_that_is_not_registered_is_reported_by_name() -> None:
    with pytest.raises(Violated, match="no gateway 'nobody' is registered"):
        installed("nobody")
