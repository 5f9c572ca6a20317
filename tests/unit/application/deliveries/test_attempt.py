"""Check that each response or error of a send has one of five outcomes, which determines the status of the delivery's
row.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.deliveries.attempt import attempt
from subscriptions.domain.entities.delivery import (
    BLOCKED_BOT,
    LATE_REASON,
    SENDING_TAKES,
    Delivery,
    InDoubt,
    Missed,
    Outcome,
    Postponed,
    Refused,
    RepeatedDelivery,
    Sent,
)
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater, ThreadGone, UmbralError
from subscriptions.domain.ports.post_sender import ChannelRefuses, DeletionRefused, TooLate
from tests.fakes.samples import NOON

BEGUN = RepeatedDelivery(sending_since=NOON)
ERRORS = {
    RetryLater("flood"): Postponed,
    Ambiguous("no answer"): InDoubt,
    TooLate(): Missed,
    ActionRequired(BLOCKED_BOT): Refused,
    Permanent("chat not found"): Refused,
    ThreadGone("thread not found"): Refused,
    ChannelRefuses("not enough rights"): Refused,
    DeletionRefused("message can't be deleted"): Refused,
}
RESULTS = {
    Sent(7): (0, None),
    Postponed(RetryLater("flood")): (0, None),
    InDoubt(Ambiguous("no answer")): (1, None),
    Refused(BLOCKED_BOT, ActionRequired(BLOCKED_BOT)): (0, BLOCKED_BOT),
    Missed(): (0, LATE_REASON),
}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_each_send_error_is_converted_to_its_declared_outcome(error: UmbralError) -> None:
    async def send() -> int:
        raise error

    assert isinstance(await attempt(send()), ERRORS[error])


async def test_unexpected_error_of_a_sender_is_raised() -> None:
    async def send() -> int:
        raise KeyError("a fault")

    with pytest.raises(KeyError):
        await attempt(send())


@pytest.mark.parametrize("outcome", RESULTS, ids=lambda outcome: type(outcome).__name__)
def test_finished_delivery_is_no_longer_in_flight(outcome: Outcome[int]) -> None:
    delivery = replace(BEGUN)
    delivery.settle(outcome)

    assert (delivery.sending_since, delivery.repeated, delivery.failed) == (None, *RESULTS[outcome])


def test_delivery_started_again_without_an_outcome_is_counted_as_repeated() -> None:
    delivery = RepeatedDelivery()

    assert [delivery.begin(NOON), delivery.begin(NOON)] == [True, False]
    assert delivery.repeated == 1


def test_edit_of_a_sent_message_is_not_counted_as_a_repeated_delivery() -> None:
    delivery = replace(BEGUN, message_id=7)
    delivery.begin(NOON)
    delivery.settle(InDoubt(Ambiguous("no answer")))

    assert delivery.repeated == 0


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (timedelta(0), SENDING_TAKES),
        (timedelta(seconds=59), timedelta(seconds=1)),
        (SENDING_TAKES, timedelta(0)),
        (-timedelta(days=40), timedelta(0)),
    ],
)
def test_sender_is_presumed_dead_after_its_timeout_or_if_the_clock_was_set_back(
    later: timedelta, left: timedelta
) -> None:
    assert Delivery(sending_since=NOON).time_left(NOON + later) == left
    assert not Delivery().time_left(NOON)
