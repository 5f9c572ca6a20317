"""Entry steps: steps that a feature adds before a customer gets the link of a shared channel."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.feature_states import RunningStates


@dataclass(frozen=True)
class EntryStepsPart:
    """Declaration that a feature adds entry steps: the constant `ENTRY_STEPS` of its module `entry_steps`. The screens
    of the steps are in the feature's `ChatPart`.
    """

    module: ClassVar[str] = "entry_steps"


def has_entry_steps(states: Callable[[], RunningStates]) -> Callable[[], bool]:
    """Return a function that returns True if a feature with entry steps is on. The returned function raises RetryLater
    while the states of the features cannot be read.
    """

    @cache
    def is_on(running: RunningStates) -> bool:
        return bool(running.parts(EntryStepsPart, FeatureState.ON))

    return lambda: is_on(states())
