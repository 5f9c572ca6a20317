"""A message the product owes somebody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.domain.ids import NotificationId, TelegramId, new_uuid

PAYMENT_RECEIVED: Final = "payment_received"
PART_RECEIVED: Final = "part_received"
CHECKOUT_FAILED: Final = "checkout_failed"
PAYMENT_FLAGGED: Final = "payment_flagged"
PAYMENT_FAILED: Final = "payment_failed"
RENEWED: Final = "renewed"
INVITE_READY: Final = "invite_ready"
JOINED: Final = "joined"
CANCELED: Final = "canceled"
CANCEL_UNDONE: Final = "cancel_undone"
EXPIRED: Final = "expired"
PROVISIONING_DELAYED: Final = "provisioning_delayed"
REFUNDED: Final = "refunded"
PAUSED: Final = "paused"
RESUMED: Final = "resumed"
DISPUTE_OPENED: Final = "dispute_opened"
DISPUTE_WON: Final = "dispute_won"
DISPUTE_LOST: Final = "dispute_lost"
RECOVERED: Final = "recovered"
RENEWAL_COMING: Final = "renewal_coming"
TRIAL_ENDING: Final = "trial_ending"
ENDING_SOON: Final = "ending_soon"
DUNNING: Final = "dunning"
COME_BACK: Final = "come_back"
PLAN_SWITCHED: Final = "plan_switched"
PLAN_SWITCH_PLANNED: Final = "plan_switch_planned"
PLAN_SWITCH_DROPPED: Final = "plan_switch_dropped"
CHANGE_PAID: Final = "change_paid"
ACTION_REQUIRED: Final = "action_required"
STRANGER_REMOVED: Final = "stranger_removed"
VIP_ENTRY: Final = "vip_entry"
"""Where somebody stands on the way into the VIP channel, and the button that leads on. Facts: `plan_name`, `until`,
`stage` (`1` to `3`, empty once through or where there is no ritual), `url` and `expires` where a link works."""
ACCESS_MOVED: Final = "access_moved"
SUSPENDED: Final = "suspended"
ALARM: Final = "alarm"

KINDS: Final = frozenset(
    {
        PAYMENT_RECEIVED,
        PART_RECEIVED,
        CHECKOUT_FAILED,
        PAYMENT_FLAGGED,
        PAYMENT_FAILED,
        RENEWED,
        INVITE_READY,
        JOINED,
        CANCELED,
        CANCEL_UNDONE,
        EXPIRED,
        PROVISIONING_DELAYED,
        REFUNDED,
        PAUSED,
        RESUMED,
        DISPUTE_OPENED,
        DISPUTE_WON,
        DISPUTE_LOST,
        RECOVERED,
        RENEWAL_COMING,
        TRIAL_ENDING,
        ENDING_SOON,
        DUNNING,
        COME_BACK,
        PLAN_SWITCHED,
        PLAN_SWITCH_PLANNED,
        PLAN_SWITCH_DROPPED,
        CHANGE_PAID,
        ACTION_REQUIRED,
        STRANGER_REMOVED,
        ACCESS_MOVED,
        SUSPENDED,
        VIP_ENTRY,
        ALARM,
    }
)
"""Every kind has a text in every language; a test holds that."""

AWAITED: Final = frozenset({PAYMENT_RECEIVED, INVITE_READY, JOINED, ACTION_REQUIRED, PROVISIONING_DELAYED, VIP_ENTRY})
"""What somebody who has paid waits for, to get in."""

REMINDERS: Final = frozenset({RENEWAL_COMING, TRIAL_ENDING, ENDING_SOON, DUNNING, COME_BACK})
"""What is said about something to come, or to come back for."""


@dataclass(kw_only=True)
class Notification:
    """key: what makes it one message however often its cause is seen. params: facts the text shows, as text.

    sending_since, repeated: as for a pick's delivery.
    """

    id: NotificationId
    key: str
    kind: str
    recipient: TelegramId
    language: str
    params: dict[str, str]
    message_id: int | None = None
    sending_since: datetime | None = None
    repeated: int = 0
    sent_at: datetime | None = None
    failed: str | None = None
    created_at: datetime

    @classmethod
    def owe(
        cls, kind: str, key: str, recipient: TelegramId, language: str, now: datetime, **params: str
    ) -> "Notification":
        """Intend to tell `recipient` something once."""
        return cls(
            id=NotificationId(new_uuid()),
            key=f"{kind}:{key}",
            kind=kind,
            recipient=recipient,
            language=language,
            params=params,
            created_at=now,
        )

    @property
    def settled(self) -> bool:
        """Sent, or given up for a recorded reason."""
        return self.sent_at is not None or self.failed is not None
