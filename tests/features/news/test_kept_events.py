"""Events that the feature could not route, which are routed later, to this feature only."""

from __future__ import annotations

from pydantic import TypeAdapter

from subscriptions.application import routing
from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.domain import events
from tests.unit.application.test_feature_failures import PAID


def test_event_stored_for_the_feature_causes_only_the_job_of_this_feature() -> None:
    facts = TypeAdapter(events.PaymentReceived).dump_python(PAID, mode="json")
    names = {job.name for job in routing.jobs_kept(RouteEvent(feature="news", event="PaymentReceived", facts=facts))}

    assert names == {"bot.note_news"}
