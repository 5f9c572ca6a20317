"""How a group is kept is said by staff; where the bot may not do its part the owners hear of it once."""

from __future__ import annotations

import pytest

from subscriptions.application.resources.arrange_group import DELETE, KEEP
from subscriptions.application.resources.keep_group import KeepGroup
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.ids import ChatId
from tests.unit.application.resources.test_change_resources import NEWS, TALK, Chats, chats

__all__ = ["chats"]

HERE, CHANNEL = ChatId(-1008), ChatId(-1009)


async def test_nothing_is_done_in_a_group_until_staff_says_so(chats: Chats) -> None:
    keeping = KeepGroup(chats.shop.units, chats.shop.clock)
    assert await keeping.settings(HERE) is None
    await chats.does("arrange_group", TALK, lines=DELETE, welcome="¡Hola, <b>{name}</b>!\nLee las normas.")
    kept = await keeping.settings(HERE)
    assert kept is not None
    assert (kept.tidy, kept.welcome) == (True, "¡Hola, <b>{name}</b>!\nLee las normas.")
    assert [await keeping.settings(chat) for chat in (CHANNEL, ChatId(-5))] == [None, None]
    await chats.does("arrange_group", TALK, lines=KEEP)
    kept = await keeping.settings(HERE)
    assert kept is not None
    assert (kept.tidy, bool(kept.welcome)) == (False, True), "what is left out stays"
    await chats.does("arrange_group", TALK, welcome="")
    assert await keeping.settings(HERE) is None


@pytest.mark.parametrize(
    ("about", "welcome", "why"),
    [(NEWS, "", "only_groups"), (TALK, "<b>{name}", "text_markup"), (TALK, "x" * 1001, "text_long")],
)
async def test_what_cannot_be_is_refused(chats: Chats, about: str, welcome: str, why: str) -> None:
    with pytest.raises(InputsRefused) as refused:
        await chats.does("arrange_group", about, lines=DELETE, welcome=welcome)
    assert [wrong.key for wrong in refused.value.errors.values()] == [why]


async def test_a_right_that_lacks_is_told_and_closes_by_itself(chats: Chats) -> None:
    keeping = KeepGroup(chats.shop.units, chats.shop.clock)
    for _ in range(2):
        await keeping.note(HERE, "umbral_bot", allowed=False)
    async with chats.shop.units() as uow:
        [alarm] = await uow.alarms.open(9)
    assert (alarm.kind, alarm.facts["channel"], alarm.facts["missing"]) == (
        "bot_rights_missing",
        "Talk",
        "can_delete_messages",
    )
    await keeping.note(HERE, "umbral_bot", allowed=True)
    async with chats.shop.units() as uow:
        assert await uow.alarms.open(9) == []
