"""Dependency container of the use cases for broadcasts."""

from functools import lru_cache

from dependency_injector import containers, providers

from features.broadcasts.feature import FEATURE
from features.broadcasts.use_cases.hand_over_broadcast import HandOverBroadcast
from features.broadcasts.use_cases.note_opening import NoteOpening
from features.broadcasts.use_cases.see_broadcasts import SeeBroadcasts
from features.broadcasts.use_cases.take_message import TakeMessage
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.wiring import nested


def is_on(states: RunningStates) -> bool:
    """Return True if the feature is on, so that new broadcasts may begin."""
    return states.state(FEATURE.name) is FeatureState.ON


class BroadcastsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    see_broadcasts = make(SeeBroadcasts)
    take_message = make(TakeMessage)
    note_opening = make(NoteOpening)
    hand_over_broadcast = make(HandOverBroadcast, is_on=providers.Callable(is_on, core.features))


@lru_cache(maxsize=4)
def broadcasts_of(core: CoreContainer) -> BroadcastsContainer:
    """Return the feature's container in a process. Repeated calls return the same container, because it caches the
    views of finished broadcasts.
    """
    return BroadcastsContainer(core=core)


def see_broadcasts_of(core: CoreContainer) -> SeeBroadcasts:
    """Return the use case that shows broadcasts, from the process's container."""
    return broadcasts_of(core).see_broadcasts()
