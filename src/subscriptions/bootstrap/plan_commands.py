"""Staff commands of features on the card of a plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.settings.core import CoreSettings


def _always(settings: CoreSettings) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class PlanCommandsPart:
    """Staff commands on plans, as the constant `PLAN_COMMANDS` of the feature's module `plan_commands`.

    names: names of the commands, in the order of their buttons. applies: False in an installation whose settings
    exclude the commands.
    """

    module: ClassVar[str] = "plan_commands"
    names: Sequence[str]
    applies: Callable[[CoreSettings], bool] = _always


def plan_commands(states: RunningStates, settings: CoreSettings) -> Sequence[str]:
    """Return the names of the commands of the features that are on."""
    parts = states.parts(PlanCommandsPart, FeatureState.ON)
    return [name for part in parts if part.applies(settings) for name in part.names]
