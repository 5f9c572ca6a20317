"""Questions that move to another customer row together with their customer."""

from __future__ import annotations

from features.support.ports import QUESTIONS_KEY
from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.application.people.moved_rows import move_rows
from subscriptions.domain.ids import TelegramId
from tests.fakes.shop import memory_shop


async def test_merging_two_accounts_merges_their_open_questions() -> None:
    shop = memory_shop()
    first = await shop.customer(telegram_id=TelegramId(1001))
    second = await shop.customer(telegram_id=TelegramId(1002))
    questions = KeepQuestions(shop.units, shop.clock)
    await questions.ask(first.id, "¿Cuándo sale el próximo?", 1001, 1)
    await questions.ask(second.id, "He perdido mi cuenta", 1002, 1)

    async with shop.units() as uow:
        await move_rows(uow, second.id, first.id)
        await uow.commit()

    async with shop.units() as uow:
        assert await uow.of(QUESTIONS_KEY).newest_of(second.id) is None
        question = await uow.of(QUESTIONS_KEY).newest_of(first.id)
        assert question is not None
        lines = await uow.of(QUESTIONS_KEY).lines(question.id)
    assert {each.text for each in lines} == {"¿Cuándo sale el próximo?", "He perdido mi cuenta"}
