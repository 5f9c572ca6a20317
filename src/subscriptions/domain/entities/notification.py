"""Notification: a message to a recipient, recorded before it is sent. The module also defines the kinds of messages and
their properties.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, dataclass_transform
from uuid import UUID

from subscriptions.domain.entities.delivery import Outcome, RepeatedDelivery
from subscriptions.domain.ids import NotificationId, TelegramId, new_uuid


class MessageKind(StrEnum):
    """Kind of a message of the core. `application/messages` has a class for each kind. The kinds of features are
    strings in the `messages` modules of the features. The values are stable because jobs contain them.
    """

    PAYMENT_RECEIVED = "payment_received"
    PART_RECEIVED = "part_received"
    CHECKOUT_FAILED = "checkout_failed"
    ABANDONED = "abandoned"
    NOT_JOINED = "not_joined"
    PAYMENT_FLAGGED = "payment_flagged"
    PAYMENT_FAILED = "payment_failed"
    CONFIRM_CHARGE = "confirm_charge"
    RENEWED = "renewed"
    INVITE_READY = "invite_ready"
    CONTENT = "content"
    JOINED = "joined"
    CANCELED = "canceled"
    CANCEL_UNDONE = "cancel_undone"
    EXPIRED = "expired"
    PROVISIONING_DELAYED = "provisioning_delayed"
    ENTRY_DELAYED = "entry_delayed"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"
    PAUSED = "paused"
    RESUMED = "resumed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    RECOVERED = "recovered"
    RENEWAL_COMING = "renewal_coming"
    TRIAL_ENDING = "trial_ending"
    ENDING_SOON = "ending_soon"
    DUNNING = "dunning"
    COME_BACK = "come_back"
    PLAN_SWITCHED = "plan_switched"
    PLAN_SWITCH_PLANNED = "plan_switch_planned"
    PLAN_SWITCH_DROPPED = "plan_switch_dropped"
    CHANGE_PAID = "change_paid"
    ACTION_REQUIRED = "action_required"
    STRANGER_REMOVED = "stranger_removed"
    BANNED = "banned"
    CHANNEL_REPLACED = "channel_replaced"
    VIP_ENTRY = "vip_entry"
    ACCESS_MOVED = "access_moved"
    WAITING_TIME_BEGAN = "waiting_time_began"
    SUSPENDED = "suspended"
    ERASURE_HELD = "erasure_held"
    TERMS_CHANGED = "terms_changed"
    COLLEAGUE_CONFIRMED = "colleague_confirmed"
    SECOND_FACTOR_LOCKED = "second_factor_locked"
    ALARM = "alarm"


class CardKind(StrEnum):
    """Kind of a card, a message with buttons shown on request. Cards are stored with the notifications so that any
    process can remove buttons that no longer work.
    """

    CANCEL = "cancel_card"
    PLAN = "plan_card"


CARDS: Final = frozenset(CardKind)
"""All kinds of cards, for comparison with `Notification.kind`, which is a string."""


AWAITED_KINDS: Final = frozenset(
    {
        MessageKind.PAYMENT_RECEIVED,
        MessageKind.INVITE_READY,
        MessageKind.CONTENT,
        MessageKind.JOINED,
        MessageKind.ACTION_REQUIRED,
        MessageKind.PROVISIONING_DELAYED,
        MessageKind.CHANNEL_REPLACED,
        MessageKind.VIP_ENTRY,
    }
)
"""Messages that a customer who has paid is waiting for."""

REMINDERS: Final = frozenset(
    {
        MessageKind.RENEWAL_COMING,
        MessageKind.TRIAL_ENDING,
        MessageKind.ENDING_SOON,
        MessageKind.DUNNING,
        MessageKind.COME_BACK,
        MessageKind.ABANDONED,
        MessageKind.NOT_JOINED,
    }
)
"""Kinds of messages that announce an event in advance or invite a former customer to return."""

CAN_WAIT: Final = REMINDERS | {
    MessageKind.EXPIRED,
    MessageKind.RENEWED,
    MessageKind.RESUMED,
    MessageKind.TERMS_CHANGED,
}
"""Messages that are delivered silently during quiet hours. All others answer an action of the customer or require one
at once.
"""

NOTICES: Final = frozenset({MessageKind.RENEWAL_COMING, MessageKind.TRIAL_ENDING})
"""Messages that announce a charge. They are sent once per charge, are sent late rather than dropped, and are stored as
evidence.
"""

KEPT_LONG: Final = NOTICES | {MessageKind.TERMS_CHANGED}
"""Messages whose text is stored as evidence, longer than the text of others."""

AFTER_PAYMENT: Final = frozenset(
    {
        MessageKind.INVITE_READY,
        MessageKind.CONTENT,
        MessageKind.JOINED,
        MessageKind.PROVISIONING_DELAYED,
        MessageKind.ENTRY_DELAYED,
        MessageKind.NOT_JOINED,
    }
)
"""Messages that may be sent only after the customer was notified of the payment."""

LINK_KINDS: Final = frozenset(
    {MessageKind.INVITE_READY, MessageKind.NOT_JOINED, MessageKind.ACTION_REQUIRED, MessageKind.VIP_ENTRY}
)
"""Messages with an invite link. They are valid while the recipient has access."""

_PAUSES: Final = frozenset({MessageKind.PAUSED, MessageKind.SUSPENDED, MessageKind.DISPUTE_OPENED})
"""Kinds of messages about a pause of access, during which the invite link does not work."""

OUTDATES: Final[Mapping[str, Set[str]]] = {
    MessageKind.INVITE_READY: frozenset({MessageKind.INVITE_READY}),
    MessageKind.JOINED: frozenset({MessageKind.INVITE_READY, MessageKind.NOT_JOINED, MessageKind.ACTION_REQUIRED}),
    MessageKind.PAYMENT_RECEIVED: frozenset(
        {
            MessageKind.ABANDONED,
            MessageKind.CHECKOUT_FAILED,
            MessageKind.COME_BACK,
            MessageKind.ENDING_SOON,
            MessageKind.EXPIRED,
            MessageKind.PART_RECEIVED,
            CardKind.PLAN,
        }
    ),
    MessageKind.RENEWED: frozenset({MessageKind.RENEWAL_COMING, MessageKind.TRIAL_ENDING}),
    MessageKind.RECOVERED: frozenset({MessageKind.PAYMENT_FAILED, MessageKind.CONFIRM_CHARGE, MessageKind.DUNNING}),
    MessageKind.CANCELED: frozenset({MessageKind.RENEWAL_COMING, MessageKind.TRIAL_ENDING, CardKind.CANCEL}),
    MessageKind.CANCEL_UNDONE: frozenset({MessageKind.CANCELED, MessageKind.ENDING_SOON, CardKind.CANCEL}),
    MessageKind.EXPIRED: LINK_KINDS | {CardKind.CANCEL},
    MessageKind.DISPUTE_LOST: LINK_KINDS,
    MessageKind.BANNED: LINK_KINDS,
    **dict.fromkeys(_PAUSES, LINK_KINDS),
    MessageKind.PLAN_SWITCH_DROPPED: frozenset({MessageKind.PLAN_SWITCH_PLANNED}),
    MessageKind.PLAN_SWITCHED: frozenset({MessageKind.PLAN_SWITCH_PLANNED}),
    MessageKind.REFUNDED: LINK_KINDS | {CardKind.CANCEL},
    MessageKind.WITHDRAWN: LINK_KINDS | {MessageKind.PAYMENT_RECEIVED, CardKind.CANCEL},
}
"""Kinds of earlier messages about the same plan whose buttons become invalid, keyed by the kind of the later message.
`Notification.outdates` decides for each pair of messages.
"""

FORM: Final = "1"
"""Version of the stored form of a message."""


@dataclass(frozen=True)
class Attachment:
    """Telegram file attached to a message.

    file_id: id as received by the bot
    photo: photo if True, document otherwise
    """

    file_id: str
    photo: bool


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Message:
    """Content of one message: facts as typed fields of a subclass, and the key of its text. The bot renders text and
    buttons.

    can_wait: True if the message is delivered silently during quiet hours, as the kinds in CAN_WAIT are
    follows_payment: True if the message is sent only after the customer was notified of the payment, as the kinds in
        AFTER_PAYMENT are
    outdated: kinds of earlier messages about the same plan whose buttons become invalid, in addition to OUTDATES
    outdated_by: kinds of later messages that make this message outdated, in addition to OUTDATES
    identity: names of the facts that must be equal in a later message for it to make this message outdated
    announces_payment: True if the message reports a payment to its payer, who then needs no payment page
    may_need_help: True if the text names the support contact
    is_protected: True if the message cannot be forwarded or saved
    is_for_staff: True if the reader is staff; times then use the shop's time zone
    """

    kind: ClassVar[str]
    can_wait: ClassVar[bool] = False
    follows_payment: ClassVar[bool] = False
    outdated: ClassVar[Set[str]] = frozenset()
    outdated_by: ClassVar[Set[str]] = frozenset()
    identity: ClassVar[Sequence[str]] = ("plan_name",)
    announces_payment: ClassVar[bool] = False
    may_need_help: ClassVar[bool] = False
    is_protected: ClassVar[bool] = False
    is_for_staff: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True, kw_only=True)(cls)

    @property
    def attachment(self) -> Attachment | None:
        """File that is sent with the message's text as its caption; None for a message without a file."""
        return None

    @property
    def word(self) -> str:
        """Name of the variant of the message's text; empty if the kind has only one text."""
        return ""

    @property
    def thread(self) -> int | None:
        """Topic of the group in which the message is posted; None to post in the chat itself."""
        return None

    def astray(self) -> "Message | None":
        """Return the variant of the message for use if the topic no longer exists: it is posted in the chat itself and
        reports the missing topic. Return None if the message has no topic.
        """
        return None

    def to_params(self) -> dict[str, str]:
        """Serialize the facts as text, with an empty string for None.

        The previous release may send the message and reads the facts by these names.
        """
        return {"v": FORM} | {item.name: _text_of(getattr(self, item.name)) for item in fields(self)}


@dataclass(kw_only=True)
class Notification(RepeatedDelivery):
    """Notification to one recipient.

    key: unique key, so that one cause results in one message
    params: facts as last stored
    kind: a string and not a MessageKind, so that kinds of newer releases can be read
    subject: id of the object from which the message can be rebuilt; None for an alarm and in old rows
    text: text as sent; None for a protected message, which contains what was sold
    """

    id: NotificationId
    key: str
    kind: str
    recipient: TelegramId
    language: str
    zone: str | None = None
    params: dict[str, str]
    subject: UUID | None = None
    text: str | None = None
    sent_at: datetime | None = None
    created_at: datetime

    @classmethod
    def owe(
        cls,
        message: Message,
        key: str,
        recipient: TelegramId,
        language: str,
        now: datetime,
        subject: UUID | None = None,
        zone: str | None = None,
    ) -> "Notification":
        """Create a notification for `recipient`, to be sent once.

        key: key of the cause, unique among messages of this kind
        zone: time zone that the recipient chose, or None
        """
        return cls(
            id=NotificationId(new_uuid()),
            key=f"{message.kind}:{key}",
            kind=str(message.kind),
            recipient=recipient,
            language=language,
            zone=zone,
            params=message.to_params(),
            subject=subject,
            created_at=now,
        )

    @classmethod
    def for_card(
        cls, card: CardKind, plan_name: str, message_id: int, recipient: TelegramId, language: str, now: datetime
    ) -> "Notification":
        """Create the record of a card (a message with buttons) in the chat. `plan_name`: empty for a card that asks to
        which plan the customer refers.
        """
        return cls(
            id=NotificationId(new_uuid()),
            key=f"{card}:{recipient}:{message_id}",
            kind=str(card),
            recipient=recipient,
            language=language,
            params={"v": FORM, "plan_name": plan_name},
            message_id=message_id,
            sent_at=now,
            created_at=now,
        )

    def outdates(self, notification: "Notification", identity: Sequence[str] = Message.identity) -> bool:
        """Return True if this message invalidates the buttons of an earlier message whose kind is listed in OUTDATES.

        - Both messages must have the same facts of `identity`, usually the plan.
        - A partial refund invalidates nothing.
        - A card that asks to which plan the customer refers becomes invalid with the first message about any of the
        plans.
        - A message with an invite link becomes invalid when the access for which it was sent ends. A message with links
        to several chats stays valid after the first join.
        """
        if self.kind == MessageKind.REFUNDED and not self.params.get("full"):
            return False
        if self.kind == MessageKind.JOINED and len(str(notification.params.get("chats") or "").splitlines()) > 1:
            # The customer still has to join the plan's other chats by it.
            return False
        if notification.kind in LINK_KINDS and self.kind not in {MessageKind.INVITE_READY, MessageKind.JOINED}:
            ended_at = self.params.get("ended_at")
            ended_later = (
                ended_at
                and notification.sent_at is not None
                and notification.sent_at > datetime.fromisoformat(ended_at)
            )
            if ended_later or not self._ends_access():
                return False
        if notification.kind == CardKind.CANCEL and not notification.params.get("plan_name"):
            return True
        return notification.key != self.key and all(
            notification.params.get(name) == self.params.get(name) for name in identity
        )

    def _ends_access(self) -> bool:
        """Return True if the recipient loses access to the plan, temporarily or permanently, and has no time on the
        plan from another source.
        """
        if self.kind in _PAUSES:
            return True
        stays = ["live", "goes_on", "difference", "gift"] if self.kind == MessageKind.REFUNDED else ["live"]
        gave = self.kind != MessageKind.REFUNDED or bool(self.params.get("soft_id"))
        return gave and not any(self.params.get(fact) for fact in stays)

    @property
    def cause(self) -> str:
        """Key of the cause, as given to `owe`."""
        return self.key.removeprefix(f"{self.kind}:")

    @property
    def is_settled(self) -> bool:
        """Return True if the message was sent, or if sending was abandoned for a recorded reason."""
        return self.sent_at is not None or self.failed is not None

    def settle(self, outcome: Outcome[object]) -> None:
        """Record the outcome. A message already sent by another run counts as sent."""
        super().settle(outcome)
        if self.sent_at is not None:
            self.failed = None


def _text_of(fact: object) -> str:
    if isinstance(fact, bool):
        return "yes" if fact else ""
    if isinstance(fact, datetime):
        return fact.isoformat()
    return "" if fact is None else str(fact)
