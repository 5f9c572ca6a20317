"""Post classes under their names of version 1.0, which programs of operators still import."""

from subscriptions.domain.entities.post import Post as Pick
from subscriptions.domain.entities.post import PostButton as PickButton
from subscriptions.domain.entities.post import PostContent as PickContent

__all__ = ["Pick", "PickButton", "PickContent"]
