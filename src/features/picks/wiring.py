"""Dependency container of the use cases for posts (picks)."""

from decimal import Decimal
from typing import cast

from dependency_injector import containers, providers

from features.picks.feature import FEATURE
from features.picks.settings import TipSettings
from features.picks.tip_records import tip_record
from features.picks.use_cases.accept_pick import AcceptPick
from features.picks.use_cases.get_pick import GetPick
from features.picks.use_cases.tip_messages import TipMessages
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.bootstrap.wiring import nested


def _is_on(states: RunningStates) -> bool:
    """Return True if the feature is on, so that new posts may be accepted."""
    return states.state(FEATURE.name) is FeatureState.ON


def odds_bound(core: CoreContainer) -> Decimal:
    """Return the odds above which a tip's odds must be repeated, by the current settings."""
    return cast(TipSettings, core.settings()).tip_odds_bound


class PicksContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    tip_messages = make(TipMessages, catalog=providers.Object(TEXTS))
    accept_pick = make(AcceptPick, record=make(tip_record, core=core), is_on=providers.Callable(_is_on, core.features))
    get_pick = make(GetPick)
