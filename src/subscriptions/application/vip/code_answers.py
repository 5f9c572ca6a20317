"""What a code that somebody comes with is answered by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money


class TokenRefusal(StrEnum):
    """Why a token gives nothing; it stays unspent. The text for the customer is the bot's.

    malformed: of another length, or with other characters · used: by somebody else · withdrawn: the plan is gone, or
    the owner refuses its tokens · not_configured: the VIP channel is not set up · barred: this person may not buy ·
    resting: what they have of the plan is paused, and more of it would let them in no sooner · enough: they have the
    plan until its last day · coming: they go over to it at their next renewal · for_life: they have it for good · held:
    a bank asks about what the gift was paid with · back: that money went back.
    """

    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    NOT_CONFIGURED = "not_configured"
    BARRED = "barred"
    RESTING = "resting"
    TERM_LIMIT = "enough"
    PLAN_CHANGE = "coming"
    FOR_LIFE = "for_life"
    HELD = "held"
    MONEY_BACK = "back"


@dataclass(frozen=True, kw_only=True)
class CodeRefusal:
    """token: masked. expires_at: of one that is known. length: of what was typed, blanks left out. gift: somebody paid
    for it.
    """

    reason: TokenRefusal
    token: str
    length: int = 0
    expires_at: datetime | None = None
    gift: bool = False


@dataclass(frozen=True, kw_only=True)
class Activation:
    """What the card shows. days: the token's length; days_left: whole days until `access_end`, the new end.

    is_extension: the plan was live before. stage: of the ritual, None where there is none or it was passed.
    is_repeat: this person used this token before, and nothing was added now. gift: somebody paid for it. overlaps: what
    goes on being charged, though this one gives the channel for life. own: it opens something that is made for its
    customer alone.
    """

    plan: ServicePlan
    price: Money
    days: int
    days_left: int
    access_end: datetime
    is_extension: bool
    stage: int | None
    is_repeat: bool = False
    gift: bool = False
    overlaps: Sequence[Overlap] = ()
    own: bool = False

    @property
    def vip(self) -> bool:
        """Whether it opens the VIP channel, and nothing that is made for its customer alone."""
        return self.plan.opens_vip and not self.own


@dataclass(frozen=True, kw_only=True)
class CodeOffer:
    """What a code would give, before it is used up. code: cleaned. days: its length. extends: the plan is live already.

    has_accepted: whether this person accepted the terms in force, and to be of age. gift: somebody paid for it.
    """

    code: str
    plan: ServicePlan
    days: int
    extends: bool
    has_accepted: bool
    gift: bool = False


CodeAnswer = CodeOffer | Activation | CodeRefusal
