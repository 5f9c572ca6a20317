"""What is said of a record in public: digests that prove it, teasers and whole tips, the month that is over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import PlanId


class Teasers(StrEnum):
    """Which tips of a plan its public channel announces before their start: none, the first of each day, every one."""

    NONE = "none"
    DAILY = "daily"
    EVERY = "every"


class PostKind(StrEnum):
    """opening: the digest before the first start of a day · closing: the digest at its end · teaser: of a tip that has
    not started · tip: the whole of it, after its start · month: the summary of one that is over."""

    OPENING = "opening"
    CLOSING = "closing"
    TEASER = "teaser"
    TIP = "tip"
    MONTH = "month"


DIGESTS: Final = (PostKind.OPENING, PostKind.CLOSING)
"""Kinds of posts that say a hash."""


@dataclass(frozen=True, kw_only=True)
class RecordChannel:
    """The public channel of a plan. username: without the @. language: in which it is written."""

    plan_id: PlanId
    username: str
    language: str
    teasers: Teasers = Teasers.NONE


@dataclass(frozen=True, kw_only=True)
class RecordPost:
    """One post. subject: the day, the tip or the month it is about. number, hash: the newest entry when it was written,
    of a digest. message_id: where it stands in the channel; None while it was not posted."""

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
        """The tip that it is about."""
        return UUID(self.subject)

    @property
    def link(self) -> str:
        """Where everybody can read it; empty while it was not posted."""
        return f"https://t.me/{self.username}/{self.message_id}" if self.message_id is not None else ""
