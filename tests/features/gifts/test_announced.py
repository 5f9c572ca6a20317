"""Messages about a gift outdate its earlier message."""

from __future__ import annotations

import pytest

from features.gifts.messages import GIFT_OPENED, GIFT_RETURNED
from subscriptions.application.messages.announcement import ANNOUNCEMENTS
from subscriptions.domain.entities.notification import OUTDATES, MessageKind, Notification
from subscriptions.domain.ids import TelegramId
from tests.fakes.announcements import NOW, announcement


@pytest.mark.parametrize(
    ("kind", "facts", "ends"),
    [
        (GIFT_OPENED, {}, True),
        (GIFT_RETURNED, {}, True),
        (MessageKind.REFUNDED, {"full": True}, True),
        (MessageKind.REFUNDED, {"full": False}, False),
    ],
)
def test_only_the_opened_or_refunded_gift_loses_its_buttons(kind: str, facts: dict[str, bool], ends: bool) -> None:
    def owed(kind: str, reference: str, **more: object) -> Notification:
        said = announcement(kind, plan_name="Retabet", reference=reference, **more)
        return Notification.owe(said, f"{kind}:{reference}", TelegramId(7), "es", NOW)

    told = owed(kind, "A1", **facts)
    assert MessageKind.GIFT_READY in OUTDATES.get(kind, ANNOUNCEMENTS[kind].outdated)
    assert told.outdates(owed(MessageKind.GIFT_READY, "A1")) == ends
    assert not told.outdates(owed(MessageKind.GIFT_READY, "B2"))
