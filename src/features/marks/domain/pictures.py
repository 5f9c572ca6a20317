"""Original of a post's picture, from which its copies are made."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import PostId


@dataclass(frozen=True, kw_only=True)
class PickPicture:
    """Original of a post's picture. Watermarked copies are created from the original, and a leaked copy is compared
    with it.
    """

    pick_id: PostId
    original: bytes
    created_at: datetime
