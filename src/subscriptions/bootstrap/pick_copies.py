"""Choice of the copies of posts: those of a feature that is on, otherwise the same content for every channel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.features import FeatureState
from subscriptions.application.picks.same_copies import SameCopies
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.ports.pick_copies import PickCopies


@dataclass(frozen=True)
class CopiesPart:
    """Factory of the copies of posts that a feature makes, the constant `COPIES` of the feature's module `copies`."""

    module: ClassVar[str] = "copies"
    make: Callable[[CoreContainer], PickCopies]


def pick_copies(core: CoreContainer) -> PickCopies:
    """Return the copies made by the feature that is on and declares them. If several do, the last one counts; without
    any, every channel gets the same.
    """
    found = core.features().parts(CopiesPart, FeatureState.ON)
    return found[-1].make(core) if found else SameCopies()
