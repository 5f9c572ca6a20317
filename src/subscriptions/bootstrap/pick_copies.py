"""What makes the copies of picks: a feature that is on, else every channel is sent the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.features import FeatureState
from subscriptions.application.picks.same_copies import SameCopies
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.ports.pick_copies import PickCopies


@dataclass(frozen=True)
class CopiesPart:
    """Makes what each channel is sent of a pick, the constant `COPIES` of a feature's module `copies`."""

    module: ClassVar[str] = "copies"
    make: Callable[[CoreContainer], PickCopies]


def pick_copies(core: CoreContainer) -> PickCopies:
    """Return what makes the copies: by the feature that is on and declares it, the last one if several do."""
    found = core.features().parts(CopiesPart, FeatureState.ON)
    return found[-1].make(core) if found else SameCopies()
