"""A message the product owes somebody."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, dataclass_transform
from uuid import UUID

from subscriptions.domain.entities.delivery import Outcome, RepeatedDelivery
from subscriptions.domain.ids import NotificationId, TelegramId, new_uuid


class MessageKind(StrEnum):
    """What a message is about; `application/messages` has a class for each. The values stay: jobs hold them."""

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
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"
    INVOICE = "invoice"
    RECEIPT = "receipt"
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
    SUSPENDED = "suspended"
    REFERRED = "referred"
    GIFT_READY = "gift_ready"
    GIFT_OPENED = "gift_opened"
    GIFT_HELD = "gift_held"
    GIFT_RETURNED = "gift_returned"
    GIFT_TAKEN = "gift_taken"
    ERASURE_HELD = "erasure_held"
    TERMS_CHANGED = "terms_changed"
    SUPPORT_ANSWER = "support_answer"
    COLLEAGUE_CONFIRMED = "colleague_confirmed"
    SECOND_FACTOR_LOCKED = "second_factor_locked"
    TAKEOVER_ASKED = "takeover_asked"
    TAKEOVER_CLOSED = "takeover_closed"
    ALARM = "alarm"
    OWNER_NEWS = "owner_news"


class CardKind(StrEnum):
    """What somebody asked for and is shown with buttons. It is kept among what they were told, so that its buttons can
    go once they lead nowhere, whichever process hears of it."""

    CANCEL = "cancel_card"
    PLAN = "plan_card"


CARDS: Final = frozenset(CardKind)
"""By their words, as in `Notification.kind`."""


AWAITED_KINDS: Final = frozenset(
    {
        MessageKind.PAYMENT_RECEIVED,
        MessageKind.GIFT_READY,
        MessageKind.INVITE_READY,
        MessageKind.CONTENT,
        MessageKind.JOINED,
        MessageKind.ACTION_REQUIRED,
        MessageKind.PROVISIONING_DELAYED,
        MessageKind.CHANNEL_REPLACED,
        MessageKind.VIP_ENTRY,
    }
)
"""What somebody who has paid waits for, to get in."""

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
"""What is said about something to come, or to come back for."""

CAN_WAIT: Final = REMINDERS | {
    MessageKind.EXPIRED,
    MessageKind.OWNER_NEWS,
    MessageKind.REFERRED,
    MessageKind.RENEWED,
    MessageKind.RESUMED,
    MessageKind.TERMS_CHANGED,
}
"""What nobody waits for: in quiet hours it arrives without a sound. All else answers what somebody did, or wants
something of them at once."""

NOTICES: Final = frozenset({MessageKind.RENEWAL_COMING, MessageKind.TRIAL_ENDING})
"""What announces a charge: given once for each charge, late rather than not at all, and kept as evidence of it."""

EVIDENCE: Final = NOTICES | {MessageKind.TERMS_CHANGED}
"""Whose words are kept as they were sent."""

AFTER_PAYMENT: Final = frozenset(
    {
        MessageKind.INVITE_READY,
        MessageKind.CONTENT,
        MessageKind.JOINED,
        MessageKind.PROVISIONING_DELAYED,
        MessageKind.NOT_JOINED,
        MessageKind.INVOICE,
    }
)
"""What a customer hears only once they know that their payment arrived."""

WAYS_IN: Final = frozenset(
    {MessageKind.INVITE_READY, MessageKind.NOT_JOINED, MessageKind.ACTION_REQUIRED, MessageKind.VIP_ENTRY}
)
"""What leads into a channel, as long as its reader has access."""

_RESTS: Final = frozenset({MessageKind.PAUSED, MessageKind.SUSPENDED, MessageKind.DISPUTE_OPENED})
"""After these nobody gets in with the link they had, though what they have goes on later."""

OUTDATES: Final[Mapping[MessageKind, Set[MessageKind | CardKind]]] = {
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
    MessageKind.EXPIRED: WAYS_IN | {CardKind.CANCEL},
    MessageKind.DISPUTE_LOST: WAYS_IN,
    MessageKind.GIFT_TAKEN: WAYS_IN,
    MessageKind.BANNED: WAYS_IN,
    **dict.fromkeys(_RESTS, WAYS_IN),
    MessageKind.PLAN_SWITCH_DROPPED: frozenset({MessageKind.PLAN_SWITCH_PLANNED}),
    MessageKind.PLAN_SWITCHED: frozenset({MessageKind.PLAN_SWITCH_PLANNED}),
    MessageKind.GIFT_OPENED: frozenset({MessageKind.GIFT_READY}),
    MessageKind.GIFT_RETURNED: frozenset({MessageKind.GIFT_READY}),
    MessageKind.REFUNDED: WAYS_IN | {MessageKind.GIFT_READY, CardKind.CANCEL},
    MessageKind.WITHDRAWN: WAYS_IN | {MessageKind.GIFT_READY, MessageKind.PAYMENT_RECEIVED, CardKind.CANCEL},
}
"""After which message the buttons of which earlier ones, about the same plan, lead nowhere any more; of which of them
exactly says `Notification.outdates`.
"""

FORM: Final = "1"
"""The version of what is kept of a message."""


@dataclass(frozen=True)
class Attachment:
    """A file of Telegram's that a message carries. file_id: as the bot got it. photo: else a document."""

    file_id: str
    photo: bool


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Message:
    """What one message says: its facts, as typed fields of each subclass, and which text says them; its words and
    buttons are the bot's.

    may_need_help: whether it names whom to ask. is_protected: it can be neither forwarded nor saved.
    is_for_staff: staff reads it, with times by the shop's clock.
    """

    kind: ClassVar[MessageKind]
    may_need_help: ClassVar[bool] = False
    is_protected: ClassVar[bool] = False
    is_for_staff: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True, kw_only=True)(cls)

    @property
    def attachment(self) -> Attachment | None:
        """The file to which its words are the caption; None where it is words alone."""
        return None

    @property
    def word(self) -> str:
        """Which of the texts of its kind says it; empty where there is only one."""
        return ""

    @property
    def thread(self) -> int | None:
        """In which topic of a group that has topics; None = in the chat itself."""
        return None

    def astray(self) -> "Message | None":
        """The same in the chat itself, saying that its topic is not there any more; None where it names no topic."""
        return None

    def to_params(self) -> dict[str, str]:
        """As it is kept on record, each fact as text, empty for what is not.

        A process of the version before may come to send it, and finds its facts under these names.
        """
        return {"v": FORM} | {item.name: _text_of(getattr(self, item.name)) for item in fields(self)}


@dataclass(kw_only=True)
class Notification(RepeatedDelivery):
    """key: what makes it one message however often its cause is seen. params: what was said last, on record.

    kind: a word, not a MessageKind: a newer version's is read as well. subject: what it is about, by which it can be
    gathered again; None for an alarm, and in rows of older versions. text: as it was sent, of what is in EVIDENCE.
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
        """Intend to tell `recipient` something once. key: of its cause, among messages of this kind. zone: by whose
        clock, where they chose one.
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
        """A card as it stands in the chat. plan_name: empty for one that asks which plan is meant."""
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

    def outdates(self, notification: "Notification") -> bool:
        """Whether the buttons of one that was sent, of a kind in OUTDATES, lead nowhere any more after this. Gifts of
        one plan have theirs each; what goes back in part ends nothing; a card that asks which plan is meant ends with
        the first of them; the way in ends with the access it was told of before, and one that leads into several chats
        not with the first that is entered.
        """
        if self.kind == MessageKind.REFUNDED and not self.params.get("full"):
            return False
        if self.kind == MessageKind.JOINED and len(str(notification.params.get("chats") or "").splitlines()) > 1:
            # The others of what the plan opens are still to be entered by it.
            return False
        if notification.kind in WAYS_IN and self.kind not in {MessageKind.INVITE_READY, MessageKind.JOINED}:
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
        facts = ["plan_name", "reference"] if notification.kind == MessageKind.GIFT_READY else ["plan_name"]
        return notification.key != self.key and all(
            notification.params.get(name) == self.params.get(name) for name in facts
        )

    def _ends_access(self) -> bool:
        """Whether its reader gets in no more, for now or for good: they have no other time of the plan."""
        if self.kind in _RESTS:
            return True
        stays = ["live", "goes_on", "difference", "gift"] if self.kind == MessageKind.REFUNDED else ["live"]
        gave = self.kind != MessageKind.REFUNDED or bool(self.params.get("soft_id"))
        return gave and not any(self.params.get(fact) for fact in stays)

    @property
    def cause(self) -> str:
        """The key of its cause, as given to `owe`."""
        return self.key.removeprefix(f"{self.kind}:")

    @property
    def is_settled(self) -> bool:
        """Sent, or given up for a recorded reason."""
        return self.sent_at is not None or self.failed is not None

    def settle(self, outcome: Outcome[object]) -> None:
        """The same; where another run sent it meanwhile, it stays sent."""
        super().settle(outcome)
        if self.sent_at is not None:
            self.failed = None


def _text_of(fact: object) -> str:
    if isinstance(fact, bool):
        return "yes" if fact else ""
    if isinstance(fact, datetime):
        return fact.isoformat()
    return "" if fact is None else str(fact)
