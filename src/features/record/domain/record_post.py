"""Posts about a plan's tip record in a public channel: hashes for verifying the record, announcements of tips, complete
tips, and monthly summaries.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import PlanId


class Teasers(StrEnum):
    """Selection of the tips that a plan announces in its public channel before the event: none, the first of each day,
    or every one.
    """

    NONE = "none"
    DAILY = "daily"
    EVERY = "every"


class PostKind(StrEnum):
    """Kind of a post in a public channel.

    - opening: digest (the current hash of the tip record) before the first event of a day
    - closing: digest at the end of a day
    - teaser: announcement of a tip before the start of its event
    - tip: complete tip after the start of its event
    - month: summary of a completed month
    """

    OPENING = "opening"
    CLOSING = "closing"
    TEASER = "teaser"
    TIP = "tip"
    MONTH = "month"


DIGESTS: Final = (PostKind.OPENING, PostKind.CLOSING)
"""Kinds of posts that contain a digest, that is, the current hash of the tip record."""


@dataclass(frozen=True, kw_only=True)
class RecordChannel:
    """Public channel of a plan. `username`: without the @. `language`: language of its posts."""

    plan_id: PlanId
    username: str
    language: str
    teasers: Teasers = Teasers.NONE


@dataclass(frozen=True, kw_only=True)
class RecordPost:
    """Post about a tip record in the public channel of a plan.

    subject: day, tip or month of the post
    number, hash: for a digest, number and hash of the newest entry at that time
    message_id: id of the message in the channel; None until the post is published
    """

    plan_id: PlanId
    kind: PostKind
    subject: str
    number: int | None = None
    hash: str | None = None
    username: str
    text: str
    at: datetime
    message_id: int | None = None
    posted_at: datetime | None = None

    @property
    def subject_id(self) -> UUID:
        """Return the id of the tip that the post is about."""
        return UUID(self.subject)

    @property
    def link(self) -> str:
        """Return the public URL of the post; empty until the post is published."""
        return f"https://t.me/{self.username}/{self.message_id}" if self.message_id is not None else ""
