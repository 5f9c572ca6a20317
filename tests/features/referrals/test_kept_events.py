"""Events declared by a feature, which are stored and routed later like events of the core."""

from __future__ import annotations

from pydantic import TypeAdapter

from features.referrals.domain import ReferralGiven
from subscriptions.application import routing
from subscriptions.application.dto.jobs import Announce, RouteEvent
from subscriptions.domain.ids import CustomerId, SubscriptionId, new_uuid

GIVEN = ReferralGiven(SubscriptionId(new_uuid()), CustomerId(new_uuid()), "referral:1")


def test_stored_event_declared_by_a_feature_queues_its_job() -> None:
    facts = TypeAdapter(ReferralGiven).dump_python(GIVEN, mode="json")

    (job,) = routing.jobs_kept(RouteEvent(feature="referrals", event="ReferralGiven", facts=facts))

    announced = Announce.parse(job.payload)
    assert (announced.customer_id, announced.subject, announced.key) == (
        GIVEN.customer_id,
        GIVEN.subscription_id,
        GIVEN.key,
    )
