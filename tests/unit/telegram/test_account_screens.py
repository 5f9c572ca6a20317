"""Both accounts of an account transfer see its state, and the first one can always object."""

from __future__ import annotations

import pytest

from bot import callbacks
from bot.screens import account as screens
from bot.texts import texts_for
from subscriptions.application.moving.take_over import AccountView
from subscriptions.domain.entities.takeover import PERIOD_TO_OBJECT, Takeover, TakeoverStatus
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from tests.fakes.samples import NOON


def transfer(stage: str) -> Takeover:
    """Return a transfer that was requested, and whose notice was then delivered, failed, or failed and was confirmed by
    two.
    """
    takeover = Takeover(
        id=new_uuid(),
        customer_id=CustomerId(new_uuid()),
        from_account=TelegramId(1),
        to_account=TelegramId(2),
        status=TakeoverStatus.PROPOSED,
        asked_by="2",
        asked_at=NOON,
    )
    if stage != "proposed":
        takeover.wait(NOON)
    if stage == "notified":
        takeover.notice_delivered(NOON)
    if stage in {"held", "released"}:
        takeover.notice_failed("blocked_bot", NOON)
    if stage == "released":
        assert [takeover.confirm(person, NOON) for person in ("901", "902")] == [False, True]
    return takeover


@pytest.mark.parametrize("language", ["es", "en", "pt", "pt-br"])
@pytest.mark.parametrize(
    ("stage", "first", "second"),
    [
        ("asked", "leaving_announced", "announced"),
        ("notified", "leaving", "coming"),
        ("held", "leaving_held", "held"),
        ("released", "leaving", "coming"),
        ("proposed", None, "proposed"),
    ],
)
def test_screens_of_both_accounts_show_state_of_transfer(
    language: str, stage: str, first: str | None, second: str
) -> None:
    t, takeover = texts_for(language), transfer(stage)
    due = screens.moment(t, NOON + PERIOD_TO_OBJECT)
    by_second = screens.card(t, AccountView(second=None, named_by=None, takeover_from=None, takeover_by=takeover))
    assert by_second.text == t(f"account.{second}", due=due)
    assert screens.under_way(t, takeover).text == by_second.text
    if first is not None:
        by_first = screens.card(t, AccountView(second=None, named_by=None, takeover_from=takeover, takeover_by=None))
        assert by_first.text == t(f"account.{first}", due=due)
        assert callbacks.ACCOUNT_OBJECT in str(by_first.markup)
