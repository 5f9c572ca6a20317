"""Time during which Umbral keeps a customer out while the customer's time stands still."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from subscriptions.domain.ids import SubscriptionId


class HoldReason(StrEnum):
    """Reason why Umbral keeps the customer out while their time is paused. A hold for a dispute follows from the
    dispute and is not stored.
    """

    STAFF = "staff"
    DISPUTE = "dispute"
    BAN = "ban"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Stored hold. A subscription has at most one open hold for each reason.

    until: end; None while the hold lasts
    cause: key of the staff operation or of the ban
    """

    id: UUID
    subscription_id: SubscriptionId
    reason: HoldReason
    since: datetime
    until: datetime | None = None
    cause: str
