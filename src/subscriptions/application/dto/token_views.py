"""What token use cases take and show: plain facts, no texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.money import Money


class TokenRefusal(StrEnum):
    """Why a token gives nothing; it stays unspent. The text for the customer is the bot's.

    malformed: of another length, or with other characters · used: by somebody else · withdrawn: the plan is gone, or
    the owner refuses its tokens · not_configured: the VIP channel is not set up · barred: this person may not buy ·
    resting: what they have of the plan is paused, and more of it would let them in no sooner.
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


@dataclass(frozen=True, kw_only=True)
class Refused:
    """token: masked. expires_at: of one that is known. length: of what was typed, blanks left out."""

    why: TokenRefusal
    token: str
    length: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Activated:
    """What the card shows. days: the token's length; left: whole days until `until`, the new end.

    extended: the plan was live before. stage: of the ritual, None where there is none or it was passed.
    repeated: this person used this token before, and nothing was added now.
    """

    plan: ServicePlan
    price: Money
    days: int
    left: int
    until: datetime
    extended: bool
    stage: int | None
    repeated: bool = False

    @property
    def vip(self) -> bool:
        """Whether it opens the VIP channel."""
        return self.plan.access is AccessKind.VIP_CHANNEL


@dataclass(frozen=True, kw_only=True)
class TokenCard:
    """One token as an admin sees it. link: what to hand over, None until the bot's name is known."""

    token: ActivationToken
    plan: ServicePlan
    link: str | None


@dataclass(frozen=True, kw_only=True)
class TokenBatch:
    """Tokens made together."""

    batch: UUID
    cards: Sequence[TokenCard]
