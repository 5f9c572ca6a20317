"""Results of using a code: refusals, activations and offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money


class TokenRefusal(StrEnum):
    """Reason why a code is refused and not used up. The bot has a text for each.

    malformed: the code has a wrong length or characters
    used: another customer activated the code
    withdrawn: the plan is no longer sold, or staff refuse its codes
    not_configured: a chat or other resource that the plan includes is not set up
    barred: the customer may not buy
    paused: the customer's subscription to the plan is paused, and more time would not end the pause
    enough: the customer has the plan until its last day
    coming: the customer changes to the plan at the next renewal
    for_life: the customer has the plan for life
    held: the gift's payment is disputed
    back: the gift's payment was refunded
    """

    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    NOT_CONFIGURED = "not_configured"
    BARRED = "barred"
    PAUSED = "resting"
    TERM_LIMIT = "enough"
    PLAN_CHANGE = "coming"
    FOR_LIFE = "for_life"
    HELD = "held"
    MONEY_BACK = "back"


@dataclass(frozen=True, kw_only=True)
class CodeRefusal:
    """Refusal of a code.

    token: masked code
    expires_at: end of a known code's validity
    length: length of the typed text without spaces
    paid_for: True if a customer paid for the code
    """

    reason: TokenRefusal
    token: str
    length: int = 0
    expires_at: datetime | None = None
    paid_for: bool = False


@dataclass(frozen=True, kw_only=True)
class Activation:
    """Result of an activation.

    days: number of days that the code gives
    days_left: whole days until `access_end`, the new end of access
    is_extension: True if the plan was already live
    stage: entry step; None if there are no entry steps or all are complete
    is_repeat: True if this customer activated the code before, so that nothing was added
    paid_for: True if a customer paid for the code
    overlaps: subscriptions that are still charged although this subscription gives access to the same channel for life
    own: True if the plan includes a personal channel
    """

    plan: ServicePlan
    price: Money
    days: int
    days_left: int
    access_end: datetime
    is_extension: bool
    stage: int | None
    is_repeat: bool = False
    paid_for: bool = False
    overlaps: Sequence[Overlap] = ()
    own: bool = False

    @property
    def vip(self) -> bool:
        """Return True if the plan includes the VIP channel and no personal channel."""
        return self.plan.opens_vip and not self.own


@dataclass(frozen=True, kw_only=True)
class CodeOffer:
    """Benefit of a code before its activation.

    code: normalized code
    days: number of days that the code gives
    extends: True if the plan is already live
    has_accepted: True if the customer accepted the current terms and confirmed that they are of age
    paid_for: True if a customer paid for the code
    """

    code: str
    plan: ServicePlan
    days: int
    extends: bool
    has_accepted: bool
    paid_for: bool = False


CodeAnswer = CodeOffer | Activation | CodeRefusal
