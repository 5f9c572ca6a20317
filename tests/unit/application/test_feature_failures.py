"""Check that an alarm names a failing feature, and that the affected work continues or is stored for a retry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from pydantic import TypeAdapter

from subscriptions.application import routing
from subscriptions.application.alarms.report_failures import FeatureFailed, ReportFailures
from subscriptions.application.dto.jobs import RaiseAlarm, RouteEvent
from subscriptions.application.dto.rooms import load_rooms
from subscriptions.application.feature_failures import FAILURES, contained, named
from subscriptions.application.routing import ROUTES, Consequences, on
from subscriptions.bootstrap.job_handlers import named_handlers
from subscriptions.domain import events
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, PaymentId, SubscriptionId, new_uuid
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.samples import NOON
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.each_case import each_case

PAID = events.PaymentReceived(
    PaymentId(new_uuid()), SubscriptionId(new_uuid()), CustomerId(new_uuid()), is_renewal=False
)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Remove the recorded failures of other tests."""
    FAILURES.lasting.clear()
    FAILURES.waiting.clear()
    yield
    FAILURES.lasting.clear()
    FAILURES.waiting.clear()


def fail(event: DomainEvent) -> Consequences:
    raise ZeroDivisionError("a customer's name")


def test_event_whose_route_in_a_feature_fails_is_stored_for_a_retry() -> None:
    row = routing._of_feature("raffle", on(events.PaymentReceived, fail))

    ((kept,),) = row.answers(PAID)

    assert kept == RouteEvent(
        feature="raffle", event="PaymentReceived", facts=TypeAdapter(type(PAID)).dump_python(PAID, mode="json")
    )
    (reason,) = FAILURES.take().values()
    assert reason.startswith("ZeroDivisionError, unit/application/test_feature_failures.py:")
    assert "name" not in reason


@pytest.mark.parametrize(("feature", "event"), [("news", "Nothing"), ("raffle", "PaymentReceived")])
def test_stored_event_of_an_uninstalled_feature_or_unknown_kind_fails_permanently(feature: str, event: str) -> None:
    with pytest.raises(Permanent, match="not installed"):
        routing.jobs_kept(RouteEvent(feature=feature, event=event, facts={}))


@each_case("kind", ROUTES, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_can_be_serialized(kind: type[DomainEvent]) -> None:
    assert TypeAdapter(kind).serializer is not None


def test_every_module_of_our_features_can_be_imported() -> None:
    load_rooms()
    routing.routes()

    assert dict(FAILURES.lasting) == {}


def test_temporary_failure_of_a_feature_is_not_recorded() -> None:
    with contained("raffle", "section"):
        raise RetryLater("busy")

    assert dict(FAILURES.take()) == {}


def test_permanent_error_raised_by_a_feature_on_purpose_is_not_recorded_as_a_failure() -> None:
    with pytest.raises(Permanent), named("raffle", "job"):
        raise Permanent("no such raffle")

    assert dict(FAILURES.take()) == {}


async def test_failure_of_a_feature_is_reported_once_a_day() -> None:
    memory, clock = Memory(), ManualClock(NOON)
    report = ReportFailures(lambda: MemoryUnitOfWork(memory, routing.jobs_for), clock)

    for _ in range(2):
        FAILURES.add("raffle", "section", ZeroDivisionError())
        await report()

    (job,) = memory.jobs
    alarm = RaiseAlarm.parse(job.payload)
    assert (alarm.kind, alarm.facts["feature"], alarm.facts["where"]) == (FeatureFailed.name, "raffle", "section")


async def test_failure_that_cannot_be_stored_is_reported_later() -> None:
    clock, memory = ManualClock(NOON), Memory()

    def lost(event: DomainEvent) -> Sequence[object]:
        raise RetryLater("the database is away")

    FAILURES.add("raffle", "section", ZeroDivisionError())
    with pytest.raises(RetryLater):
        await ReportFailures(lambda: MemoryUnitOfWork(memory, lost), clock)()  # type: ignore[arg-type]

    assert ("raffle", "section") in FAILURES.take()


class Drawn(DomainEvent):
    """Event of a feature, with a field that cannot be stored."""

    tombola: object


class Called(DomainEvent):
    """Event of a feature."""

    number: int


def test_event_that_cannot_be_stored_does_not_prevent_the_commit() -> None:
    row = routing._of_feature("raffle", on(Drawn, fail))

    assert row.answers(Drawn(tombola=object())) == [[]]
    assert {where for _, where in FAILURES.take()} == {"events: Drawn", "kept event: Drawn"}


def test_event_of_a_feature_whose_events_cannot_be_imported_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "without_module", lambda module: frozenset({"raffle"}))
    monkeypatch.setattr(routing, "feature_of", lambda kind: "raffle" if kind is Called else None)

    (job,) = routing.jobs_for(Called(number=7))

    assert RouteEvent.parse(job.payload) == RouteEvent(feature="raffle", event="Called", facts={"number": 7})


async def test_hanging_job_of_a_feature_times_out_and_is_reported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscriptions.bootstrap.job_handlers.LONGEST_WORK_S", 0.05)

    async def hang(payload: dict[str, object]) -> None:
        await asyncio.Event().wait()

    handlers = named_handlers([("raffle", {"core.draw": hang})])

    with pytest.raises(TimeoutError):
        await handlers["core.draw"]({})
    assert [*FAILURES.take()] == [("raffle", "job: core.draw")]
