"""Names of a post's parts that programs of operators import since version 1.0."""

from subscriptions.domain.entities.post import PostButton as PickButton
from subscriptions.domain.entities.post import PostContent as PickContent

__all__ = ["PickButton", "PickContent"]
