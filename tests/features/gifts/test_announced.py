"""Messages about a gift that make an earlier message outdated, whose buttons are then removed."""

from __future__ import annotations

import pytest

from bot.screens import notices
from features.gifts.messages import GIFT_OPENED, GIFT_READY, GIFT_RETURNED, GIFT_TAKEN
from subscriptions.application.messages.announcement import ANNOUNCEMENTS
from subscriptions.domain.entities.notification import MessageKind, Notification
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
def test_message_about_an_opened_or_refunded_gift_removes_buttons_only_from_messages_of_that_gift(
    kind: str, facts: dict[str, bool], ends: bool
) -> None:
    def owed(kind: str, reference: str, **more: object) -> Notification:
        said = announcement(kind, plan_name="Retabet", reference=reference, **more)
        return Notification.owe(said, f"{kind}:{reference}", TelegramId(7), "es", NOW)

    reported = owed(kind, "A1", **facts)
    ready = ANNOUNCEMENTS[GIFT_READY]
    assert GIFT_READY in ANNOUNCEMENTS[kind].outdated or kind in ready.outdated_by
    assert reported.outdates(owed(GIFT_READY, "A1"), ready.identity) == ends
    assert not reported.outdates(owed(GIFT_READY, "B2"), ready.identity)


@pytest.mark.parametrize(("facts", "ends"), [({}, True), ({"live": True}, False)])
def test_message_about_a_lost_gift_removes_the_invite_button_only_if_access_has_ended(
    facts: dict[str, bool], ends: bool
) -> None:
    message = announcement(GIFT_TAKEN, plan_name="Oro", ended_at=NOW, **facts)
    way = Notification.owe(announcement(MessageKind.INVITE_READY, plan_name="Oro"), "1", TelegramId(7), "es", NOW)
    assert way.kind in message.outdated
    assert Notification.owe(message, "2", TelegramId(7), "es", NOW).outdates(way) == ends


def test_message_about_a_lost_gift_says_that_paused_access_stays_paused() -> None:
    screen = notices.render(announcement(GIFT_TAKEN, live=True, rests=True), "es")
    assert "Tu acceso sigue en pausa" in screen.text
