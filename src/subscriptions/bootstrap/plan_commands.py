"""Staff commands of features on the card of a plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.feature_failures import contained
from subscriptions.application.features import FeatureState, InvalidFeature
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.staff_commands import COMMANDS


def _always(settings: CoreSettings) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class PlanCommandsPart:
    """Staff commands that a feature offers on the card of a plan, declared as `PLAN_COMMANDS` in its module
    `plan_commands`.

    names: names of the commands, in the order of their buttons
    applies: function that returns False if the installation's settings exclude the commands
    """

    module: ClassVar[str] = "plan_commands"
    names: Sequence[str]
    applies: Callable[[CoreSettings], bool] = _always


def plan_commands(states: RunningStates, settings: CoreSettings) -> Sequence[str]:
    """Return the names of the commands of the features that are on."""
    found = states.made(PlanCommandsPart, lambda part: part.names if part.applies(settings) else None, FeatureState.ON)
    known = list[str]()
    for feature, names in found:
        for name in names:
            with contained(feature, "plan_commands", lasts=True):
                if name not in COMMANDS:
                    raise InvalidFeature(f"there is no command {name!r}")
                known.append(name)
    return known
