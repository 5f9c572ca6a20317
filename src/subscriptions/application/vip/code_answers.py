"""Answers to a customer's code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscriptions.application.catalog.overlaps import Overlap
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money


class TokenRefusal(StrEnum):
    """Reason why a code is refused and stays unused. The bot has the text for the customer.

    malformed: wrong length or characters · used: by another customer · withdrawn: the plan is gone, or its owner
    refuses its codes · not_configured: the VIP channel is not set up · barred: the customer may not buy · resting: the
    customer's subscription to the plan is paused, and more time would not end the pause · enough: the customer has the
    plan until its last day · coming: the customer changes to it at the next renewal · for_life: the customer has it for
    life · held: the gift's payment is disputed · back: the gift's payment was refunded.
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
    """Refusal of a code. token: masked. expires_at: of a known code. length: of the typed text without spaces. gift:
    the code was paid for.
    """

    reason: TokenRefusal
    token: str
    length: int = 0
    expires_at: datetime | None = None
    gift: bool = False


@dataclass(frozen=True, kw_only=True)
class Activation:
    """Result of an activation. days: length of the code; days_left: whole days until `access_end`, the new end.

    is_extension: the plan was live before. stage: step of the ritual; None without one, or once it is complete.
    is_repeat: this customer used the code before, and nothing was added. gift: the code was paid for. overlaps:
    subscriptions that are still charged although this one gives the channel for life. own: it opens something that is
    made for this customer only.
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
        """True if it opens the VIP channel, and nothing that is made for this customer only."""
        return self.plan.opens_vip and not self.own


@dataclass(frozen=True, kw_only=True)
class CodeOffer:
    """Benefit of a code before its activation. code: normalised. days: its length. extends: the plan is live already.

    has_accepted: the customer has accepted the terms in force, and being of age. gift: the code was paid for.
    """

    code: str
    plan: ServicePlan
    days: int
    extends: bool
    has_accepted: bool
    gift: bool = False


CodeAnswer = CodeOffer | Activation | CodeRefusal
