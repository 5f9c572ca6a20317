"""Every domain event leads somewhere on purpose, and every job has somebody who works on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NewType, get_type_hints
from uuid import UUID

import pytest

from subscriptions.application import routing
from subscriptions.application.dto import jobs
from subscriptions.bootstrap import bot, userbot, worker
from subscriptions.domain import events
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import new_uuid
from tests.fakes.samples import NOON

EVENTS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, events.DomainEvent) and kind is not events.DomainEvent
]
PAYLOADS = jobs.JobPayload.__subclasses__()
ACCOUNT = 7


class Nothing:
    """A container whose every use case is one that is never called."""

    def __getattr__(self, name: str) -> Nothing:
        return self

    def __call__(self) -> Nothing:
        return self


def worked_on() -> Iterator[str]:
    """The names of all jobs that some process takes."""
    container: Any = Nothing()

    async def updates(bot_id: int, chat_key: int) -> None:
        """Never called."""

    async def paid(payment_id: UUID) -> None:
        """Never called."""

    yield from worker.job_handlers(container)
    yield from bot.job_handlers(container, updates, paid)
    yield from userbot.job_handlers(container)
    yield jobs.account_job_name(ACCOUNT)


def sample(kind: type[events.DomainEvent]) -> events.DomainEvent:
    """An event of this kind with something in every field."""
    hints = get_type_hints(kind)
    values = {item.name: _value(hints[item.name]) for item in dataclasses.fields(kind)}
    # A reminder brings the kind of its message along.
    return kind(**(values | ({"kind": MessageKind.DUNNING} if kind is events.ReminderDue else {})))


def _value(hint: Any) -> object:
    values: Mapping[Any, object] = {UUID: new_uuid(), int: ACCOUNT, bool: True, str: "word", datetime: NOON}
    return values.get(hint.__supertype__ if isinstance(hint, NewType) else hint, ())


def test_every_event_has_a_row_and_no_row_is_idle():
    assert set(routing.ROUTES) == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_job_that_follows_has_a_worker(kind: type[events.DomainEvent]):
    names = set(worked_on())
    for job in routing.jobs_for(sample(kind)):
        assert job.name in names
        if job.name == jobs.Announce.name:
            assert MessageKind(jobs.Announce.read(job.payload).kind)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.__name__)
def test_every_payload_has_a_worker(payload: type[jobs.JobPayload]):
    name = jobs.account_job_name(ACCOUNT) if payload is jobs.TendChannel else payload.name
    assert name in set(worked_on())


def test_no_two_payloads_share_a_name():
    names = [payload.name for payload in PAYLOADS]
    assert len(set(names)) == len(names)


def test_a_payload_of_an_older_version_is_still_read():
    pick = new_uuid()
    assert jobs.FanOutPick.read({"v": 1, "pick_id": str(pick), "unknown": 1}) == jobs.FanOutPick(pick_id=pick)
