"""Check that jobs of customers who paid and have no access yet have priority over all others."""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.application.dto import jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.entities.notification import AWAITED_KINDS, REMINDERS, MessageKind
from subscriptions.domain.ports.job_queue import Priority
from tests.support.each_case import each_case

SOMETHING = uuid4()


def announce(kind: str) -> jobs.Announce:
    return jobs.Announce(kind=kind, customer_id=SOMETHING, subject=SOMETHING, key="1")


def tend(**how: object) -> jobs.TendChannel:
    return jobs.TendChannel.parse({"account_id": 1, "channel_id": SOMETHING, **how})


ENTRY = [
    jobs.ApplyPaymentEvent(inbox_id=SOMETHING),
    jobs.CheckOrder(order_id=SOMETHING),
    jobs.AssignChannel(channel_id=SOMETHING),
    tend(),
    *map(announce, sorted(AWAITED_KINDS)),
    jobs.HandleUpdates(bot_id=1, chat_key=1),
]
CAN_WAIT = [
    jobs.CheckSubscription(subscription_id=SOMETHING),
    jobs.CheckUnpaid(subscription_id=SOMETHING),
    jobs.PollSubscription(subscription_id=SOMETHING),
    jobs.PollEvents(provider="stripe"),
    jobs.CheckWebhooks(provider="stripe"),
    jobs.RemovePerson(access_id=SOMETHING),
    jobs.Remind(subscription_id=SOMETHING),
    jobs.HandleNewcomerUpdates(bot_id=1, chat_key=1),
    tend(awaited=False),
    tend(put_out=7),
    tend(upkeep=True),
    tend(look=True),
    *map(announce, sorted(set(MessageKind) - AWAITED_KINDS)),
]


@pytest.mark.parametrize("payload", ENTRY, ids=lambda job: f"{job.name} {getattr(job, 'kind', '')}".strip())
def test_jobs_that_lead_to_admission_have_high_priority(payload: JobPayload) -> None:
    assert payload.job().priority is Priority.HIGH


@each_case("payload", CAN_WAIT, ids=lambda job: f"{job.name} {getattr(job, 'kind', '')}".strip())
def test_postponable_jobs_have_lower_priority(payload: JobPayload) -> None:
    assert payload.job().priority < Priority.HIGH


@pytest.mark.parametrize("kind", sorted(REMINDERS))
def test_reminders_have_the_lowest_priority(kind: str) -> None:
    assert announce(kind).job().priority is Priority.LOW
