"""Outcome of a broadcast delivery: a delivery in doubt is never retried automatically."""

from __future__ import annotations

import pytest

from features.broadcasts.domain import BroadcastDelivery, BroadcastId, DeliveryState
from subscriptions.domain.entities.delivery import (
    BLOCKED_BOT,
    InDoubt,
    Outcome,
    Postponed,
    Refused,
    Sent,
)
from subscriptions.domain.errors import ActionRequired, Ambiguous, RetryLater
from subscriptions.domain.ids import CustomerId, new_uuid
from tests.fakes.samples import NOON


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Sent(None), DeliveryState.SENT),
        (Postponed(RetryLater("flood")), DeliveryState.PENDING),
        (InDoubt(Ambiguous("no answer")), DeliveryState.UNKNOWN),
        (Refused(BLOCKED_BOT, ActionRequired(BLOCKED_BOT)), DeliveryState.FAILED),
    ],
)
@pytest.mark.parametrize("before", [DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.WITHDRAWN])
def test_outcome_is_stored_only_for_a_delivery_that_is_being_sent(
    outcome: Outcome[None], status: DeliveryState, before: DeliveryState
) -> None:
    delivery = BroadcastDelivery(
        broadcast_id=BroadcastId(new_uuid()), customer_id=CustomerId(new_uuid()), status=before, sending_since=NOON
    )
    delivery.settle(outcome)

    assert delivery.status is (status if before is DeliveryState.SENDING else before)
