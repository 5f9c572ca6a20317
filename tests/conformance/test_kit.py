"""The kit finds what it is there to find: for each behaviour a gateway that breaks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from sandbox.payments.registry import payments_of
from sandbox.payments.stripe.signing import headers
from sandbox.payments.webhooks import Delivery, WebhookEndpoint
from sandbox.world.world import World
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability
from subscriptions.infrastructure.payments.stripe import CAPABILITIES, descriptor
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from tests.conformance import broken
from umbral.testing.conformance import BEHAVIOURS, Runner, Subject, Verdict, checks
from umbral.testing.kit.behaviour import Violated
from umbral.testing.kit.payloads import SETTING
from umbral.testing.kit.subject import installed

BROKEN: dict[int, tuple[type[StripeGateway], str]] = {
    1: (broken.FloatAmounts, "were paid, the event says"),
    2: (broken.AnySignature, "flipped: "),
    3: (broken.NoSignature, "without any proof: taken for"),
    5: (broken.AnySignature, "another seller's secret: taken for"),
    6: (broken.OneSecret, "the second one is not good"),
    7: (broken.Timeless, "signed a year ago: taken for"),
    8: (broken.Timeless, "signed in a year: taken for"),
    9: (broken.AsciiOnly, "raised UnicodeEncodeError"),
    10: (broken.ObjectsOnly, "AttributeError"),
    11: (broken.KnownTypesOnly, "an unknown type is not ignored"),
    12: (broken.NeedsCurrency, "raised KeyError"),
    13: (broken.GuessesOrder, "does not stand in the delivery"),
    14: (broken.FreshKeys, "jobs"),
    15: (broken.KeyPerEvent, "payment keys"),
    16: (broken.GuessesPeriod, "end differently"),
    17: (broken.AlwaysActive, "still counts as renewing"),
    18: (broken.NamelessRenewals, "are counted as 1"),
    19: (broken.AnySignature, "members in another order: taken for"),
    20: (broken.OnceOnly, "told before"),
    21: (broken.NoIdempotency, "another checkout"),
    22: (broken.GivesUpForGood, "not GatewayUnavailable"),
    23: (broken.Patient, "still waits"),
    24: (broken.AlwaysCanceled, "not answered with False"),
    25: (broken.NeverCancels, "NothingToCancel"),
    26: (broken.NoIdempotency, "do not add up"),
    27: (broken.RefundsOfNothing, "is lost"),
    28: (broken.NoDisputes, "while a dispute is open"),
    29: (broken.TwoDecimals, "¥300000"),
    30: (broken.TellsWhatWasAsked, "the event says something else"),
    31: (broken.AnyMode, "of the other mode"),
    32: (broken.NamelessSubscriptions, "another customer's payment"),
    33: (broken.Talkative, "STRIPE_WEBHOOK_SECRET is written"),
    34: (broken.LocalTime, "occurred_at"),
    35: (broken.UnknownIsActive, "a state it cannot know"),
    36: (broken.SignsInOften, "25 times"),
    37: (broken.FetchesAnything, "leads a request to"),
    38: (broken.ChangesAtOnce, "happens at once"),
    39: (broken.PaidTrials, "a trial"),
    40: (broken.LeavesOpen, "connections open"),
    41: (broken.NewShapesOnly, "old.json"),
}


@pytest.fixture(scope="session")
def runner(conformance_database: str) -> Iterator[Runner]:
    """One world for all of them."""
    with Runner(installed("stripe"), conformance_database) as running:
        yield running


def with_certificate(endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    """The usual headers, and the address of a certificate."""
    address = "https://certificates.stripe.invalid/v1/notifications/certs/1"
    return headers(endpoint, delivery, at) | {"X-Certificate": address}


def certify(world: World) -> None:
    """Have each delivery name an address."""
    payments_of(world).deliveries.sign_with("stripe", with_certificate)


def leave_out(world: World) -> None:
    """Have no delivery name an address."""
    payments_of(world).deliveries.sign_with("stripe", headers)


def subject(kind: type[StripeGateway], number: int) -> Subject:
    """An installed gateway but for its adapter."""

    def load(settings: StripeSettings, clock: Clock) -> StripeGateway:
        return kind(settings, clock, CAPABILITIES)

    return Subject(replace(descriptor, load=load), certify if number == 37 else leave_out)


def test_every_behaviour_has_its_breach() -> None:
    assert checks.__all__
    assert sorted(BEHAVIOURS) == list(range(1, 42))
    assert sorted({*BROKEN, 4}) == sorted(BEHAVIOURS)


@pytest.mark.parametrize("number", sorted(BROKEN), ids=lambda number: f"{number:02d}-{BROKEN[number][0].__name__}")
def test_a_broken_gateway_is_caught(
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


def test_settings_that_are_never_off_are_caught(runner: Runner) -> None:
    outcome = runner.outcome_of(Subject(replace(descriptor, settings=broken.NeverOff)), 4)

    assert outcome.verdict is Verdict.FAILS
    assert "not switched off" in outcome.words


def test_what_is_claimed_cannot_be_passed_over(runner: Runner) -> None:
    """The stand-in has no trials for a plan that is paid once; whoever claims them must show them."""
    modest = replace(descriptor, capabilities=CAPABILITIES - {Capability.TRIAL})

    outcome = runner.outcome_of(Subject(modest), 39)

    assert (outcome.verdict, outcome.words) == (Verdict.NOT_CLAIMED, "without trial")


def test_a_gateway_that_is_not_there_is_told() -> None:
    with pytest.raises(Violated, match="no gateway 'nobody' is registered"):
        installed("nobody")
