"""The activity feed in each state of the feature (on, draining, off)."""

from __future__ import annotations

import pytest

from features.news.jobs import NoteNews, SendNews
from features.news.permissions import RECEIVE_NEWS
from subscriptions.application import routing
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.feature_states import RunningStates, everything_on
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.schedule import SchedulePart
from subscriptions.domain import events
from subscriptions.domain.ids import CustomerId, PaymentId, SubscriptionId, new_uuid

PAYMENT = events.PaymentReceived(
    PaymentId(new_uuid()), SubscriptionId(new_uuid()), CustomerId(new_uuid()), is_renewal=False
)


def states(state: FeatureState) -> RunningStates:
    found = installed()
    return RunningStates(found, FeatureStates(states=dict.fromkeys(found.features, FeatureState.ON) | {"news": state}))


def scheduled(running: RunningStates) -> set[str]:
    return {work.name for part in running.parts(SchedulePart) for work in part.works}


@pytest.mark.parametrize("state", [FeatureState.ON, FeatureState.DRAINING])
def test_loaded_feature_records_sales_and_is_scheduled(state: FeatureState) -> None:
    names = {job.name for job in routing.jobs_for(PAYMENT, frozenset(states(state).now.loaded))}

    assert NoteNews.name in names
    assert scheduled(states(state)) >= {"news_daily", "news_weekly"}


def test_feature_that_is_off_queues_nothing_and_is_not_scheduled() -> None:
    off = states(FeatureState.OFF)
    names = {job.name for job in routing.jobs_for(PAYMENT, frozenset(off.now.loaded))}

    assert not names & {NoteNews.name, SendNews.name}
    assert not scheduled(off) & {"news_daily", "news_weekly"}
    assert not off.allows(RECEIVE_NEWS)
    assert everything_on().allows(RECEIVE_NEWS)
