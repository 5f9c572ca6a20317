"""Factory of the copies of posts: one copy per channel if a feature that is on provides them, otherwise the same
content for every channel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from subscriptions.application.feature_failures import contained
from subscriptions.application.features import FeatureState
from subscriptions.application.posts.same_copies import ContainedCopies, SameCopies
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.post_copies import PostCopies


@dataclass(frozen=True)
class CopiesPart:
    """Declaration that a feature creates the copies of posts: the constant `COPIES` of its module `copies`."""

    module: ClassVar[str] = "copies"
    make: Callable[[CoreContainer], PostCopies]


def post_copies(core: CoreContainer) -> PostCopies:
    """Return the object that creates the copies of posts, from the feature that is on and declares one. If several
    features do, the last one is used; if none does, every channel gets the same content. Raises InvalidInput if a
    setting of the feature is invalid.
    """
    for name, part in reversed(core.features().named_parts(CopiesPart, FeatureState.ON)):
        with contained(name, "copies", passes=(UmbralError,)):
            return ContainedCopies(name, part.make(core))
    return SameCopies()
