"""Events that a job of an earlier release stored under the former names of their classes."""

from __future__ import annotations

from uuid import uuid4

from features.gifts.events import notify_opened
from subscriptions.application import routing
from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.domain import events
from subscriptions.domain.ids import CustomerId, OrderId


def test_event_stored_under_its_former_class_name_is_still_routed() -> None:
    event = events.HandedOver(OrderId(uuid4()), CustomerId(uuid4()))
    facts = {"order_id": str(event.order_id), "customer_id": str(event.customer_id)}
    assert events.HandedOver.stored_name() == "GiftOpened"
    jobs = routing.jobs_kept(RouteEvent(feature="gifts", event="GiftOpened", facts=facts))
    assert [job.name for job in jobs] == [each.name for each in notify_opened(event)]
