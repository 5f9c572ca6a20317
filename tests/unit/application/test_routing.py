"""Routing: every domain event has a route, and every job has a handler."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any, NewType, get_args, get_type_hints
from uuid import UUID

from bot.feature import chat_parts
from subscriptions.application import routing
from subscriptions.application.dto import jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.rooms import of_features
from subscriptions.application.features import Part
from subscriptions.bootstrap import bot, features, userbot, worker
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain import events
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.events import SharedChatLink
from subscriptions.domain.ids import AccessId, ChannelId, new_uuid
from tests.fakes.samples import NOON
from tests.support.each_case import each_case
from tests.support.of_features import message_kinds

OF_CORE = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, events.DomainEvent) and kind is not events.DomainEvent
]
EVENTS = OF_CORE + [row.event for row in of_features("events", "EVENTS") if row.event not in OF_CORE]
PAYLOADS = JobPayload.__subclasses__()
ACCOUNT = 7


class Nothing:
    """Container that returns itself for every use case. No use case is called."""

    def __getattr__(self, name: str) -> Nothing:
        return self

    def __call__(self) -> Nothing:
        return self

    def parts(self, kind: type[Part]) -> tuple[()]:
        """Return no parts, because the tests below read the parts of each feature."""
        return ()

    def made(self, kind: type[Part], make: object, *states: object) -> tuple[()]:
        """Return no parts, because the tests below read the parts of each feature."""
        return ()


def handlers_of_every_feature() -> Iterator[str]:
    """Yield the names of the jobs handled by installed features, in any process."""
    anything, found = Nothing(), features.installed()
    settings = load(CoreSettings, {"DATABASE_URL": "postgresql://localhost/umbral", "BRAND_NAME": "Umbral"})
    core = CoreContainer(settings=settings, engine=anything, clock=anything, gateways=anything)
    for chat_part in chat_parts().values():
        yield from chat_part.handlers(anything) if chat_part.handlers is not None else ()
        bot_container: Any = SimpleNamespace(core=core, bots=anything)
        yield from chat_part.dispatching(bot_container, anything) if chat_part.dispatching is not None else ()
    for part in (found.part(name, HandlersPart) for name in found.features):
        for make in part.by_process.values() if part is not None else ():
            yield from make(core)


def worked_on() -> Iterator[str]:
    """Yield the names of all jobs handled by a process."""
    container: Any = Nothing()

    async def updates(bot_id: int, chat_key: int, *, known: bool) -> None:
        """Do nothing. Stub that is never called."""

    async def paid(payment_id: UUID) -> None:
        """Do nothing. Stub that is never called."""

    yield from worker.job_handlers(container)
    yield from bot.job_handlers(container, updates, paid, paid)
    yield from userbot.job_handlers(container)
    yield from handlers_of_every_feature()
    yield jobs.account_job_name(ACCOUNT)


KINDS: Mapping[type[events.DomainEvent], str] = {
    events.ReminderDue: MessageKind.DUNNING,
    events.CustomerCameBack: MessageKind.DUNNING,
}
"""Value of the field `kind` for events that carry the kind of their message."""


def sample(kind: type[events.DomainEvent], *, flags: bool = True) -> events.DomainEvent:
    """Return an event of this kind with a value in every field. `flags` is the value of all boolean fields."""
    hints = get_type_hints(kind)
    values = {
        item.name: flags if hints[item.name] is bool else _value(hints[item.name]) for item in dataclasses.fields(kind)
    }
    return kind(**(values | ({"kind": KINDS[kind]} if kind in KINDS else {})))


def _value(hint: Any) -> object:
    if hint == SharedChatLink | None:
        return SharedChatLink(ChannelId(new_uuid()), AccessId(new_uuid()))
    hint = next(iter(get_args(hint)), hint) if hint == ChannelId | None else hint
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    values: Mapping[Any, object] = {UUID: new_uuid(), int: ACCOUNT, str: "word", datetime: NOON, datetime | None: NOON}
    return values.get(hint.__supertype__ if isinstance(hint, NewType) else hint, ())


def test_every_domain_event_has_a_route_and_every_route_has_an_event():
    assert set(routing.routes()) == set(EVENTS)


def test_every_core_event_is_routed_without_features() -> None:
    missing = [event.__name__ for event in OF_CORE if event not in routing.routes(frozenset())]

    assert missing == []


@each_case("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_routed_job_has_a_handler(kind: type[events.DomainEvent]):
    names = set(worked_on())
    for job in routing.jobs_for(sample(kind)):
        assert job.name in names
        if job.name == jobs.Announce.name:
            assert jobs.Announce.parse(job.payload).kind in message_kinds()


@each_case("flags", [True, False])
@each_case("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_repeated_event_is_routed_to_identical_jobs(kind: type[events.DomainEvent], flags: bool):
    event = sample(kind, flags=flags)
    assert routing.jobs_for(event) == routing.jobs_for(event)


def test_alarm_event_without_details_queues_its_job():
    (job,) = routing.jobs_for(events.AlarmRaised("key", "kind"))
    assert (job.payload["key"], job.payload["kind"], job.payload["facts"]) == ("key", "kind", {})


@each_case("payload", PAYLOADS, ids=lambda payload: payload.__name__)
def test_every_job_payload_type_has_a_handler(payload: type[JobPayload]):
    name = jobs.account_job_name(ACCOUNT) if payload is jobs.TendChannel else payload.name
    assert name in set(worked_on())


def test_payload_names_are_unique():
    names = [payload.name for payload in PAYLOADS]
    assert len(set(names)) == len(names)


def test_job_payload_of_an_older_version_is_parsed():
    pick = new_uuid()
    assert jobs.FanOutPost.parse({"v": 1, "pick_id": str(pick), "unknown": 1}) == jobs.FanOutPost(post_id=pick)


def test_job_queued_under_a_key_contains_the_key():
    remind = jobs.Remind(subscription_id=new_uuid())

    assert remind.keyed_job(7) == dataclasses.replace(remind.job(), key="7")


def test_jobs_of_a_feature_are_queued_after_the_core_jobs_of_the_same_event():
    event = sample(events.PaymentBalanceChanged)
    before = [each.name for each in routing.jobs_for(event)]
    row = routing.on(events.PaymentBalanceChanged, lambda due: [jobs.ReturnPayment(payment_id=due.payment_id)])
    more = routing.with_more(routing.routes(), [row])
    followed = [each for part in more[events.PaymentBalanceChanged].answers(event) for each in part]
    assert [each.name for each in followed] == [*before, jobs.ReturnPayment.name]
    assert set(more) == {*routing.routes(), events.PaymentBalanceChanged}


def test_event_without_a_core_route_is_routed_by_a_feature():
    row = routing.on(events.PaymentBalanceChanged, lambda due: [jobs.ReturnPayment(payment_id=due.payment_id)])
    assert routing.with_more({}, [row]) == {events.PaymentBalanceChanged: row}


def test_routes_of_unloaded_features_add_no_jobs() -> None:
    payment = sample(events.PaymentReceived)
    names = {"core": {each.name for each in routing.jobs_for(payment, frozenset())}}
    names["all"] = {each.name for each in routing.jobs_for(payment)}

    assert names["core"] == {jobs.Announce.name}
    assert names["all"] >= names["core"]
    routed = any(row.event is events.PaymentReceived for row in of_features("events", "EVENTS"))
    assert (names["all"] > names["core"]) == routed


def test_event_routed_only_by_features_raises_no_error_without_those_features() -> None:
    assert routing.jobs_for(sample(events.PaymentBalanceChanged), frozenset()) == []
