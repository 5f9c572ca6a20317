"""Factory of the copies of posts: one copy per channel if a feature that is on provides them, otherwise the same
content for every channel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.features import FeatureState
from subscriptions.application.posts.same_copies import SameCopies
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.ports.pick_copies import PickCopies


@dataclass(frozen=True)
class CopiesPart:
    """Part of a feature that creates copies of posts: the constant `COPIES` of the feature's module `copies`."""

    module: ClassVar[str] = "copies"
    make: Callable[[CoreContainer], PickCopies]


def pick_copies(core: CoreContainer) -> PickCopies:
    """Create the copies of posts with the factory of the last feature that is on and declares one. Without such a
    feature, every channel gets the same content.
    """
    found = core.features().parts(CopiesPart, FeatureState.ON)
    return found[-1].make(core) if found else SameCopies()
