"""The picture from which the copies of a pick's picture are made."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import PickId


@dataclass(frozen=True, kw_only=True)
class PickPicture:
    """What all copies of a pick's picture are made from, and a leaked one is held against."""

    pick_id: PickId
    original: bytes
    created_at: datetime
