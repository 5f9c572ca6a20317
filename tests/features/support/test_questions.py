"""Customers' questions: one conversation at a time, stored once, answered and closed by authorized staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from features.support.domain.question import Question
from features.support.ports import QUESTIONS_KEY
from features.support.use_cases.keep_questions import KeepQuestions
from features.support.use_cases.see_question import SeeQuestion
from features.support.use_cases.watch_questions import WatchQuestions
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.settings_in_force import SettingsInForce
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.fakes import samples
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

OLGA = TelegramId(9001)
PATIENCE = timedelta(hours=24)


@pytest.fixture
async def shop() -> Shop:
    shop = memory_shop()
    olga = replace(samples.customer(), id=new_uuid(), telegram_id=OLGA, first_name="Olga", staff_role=StaffRole.SUPPORT)
    async with shop.units() as uow:
        for person in (ana, olga):
            await uow.customers.save(person)
        await uow.commit()
    return shop


ana: Customer = samples.customer()


async def asks(shop: Shop, text: str = "No veo mi canal", message: int = 1) -> Question:
    await KeepQuestions(shop.units, shop.clock).ask(ana.id, text, ana.telegram_id, message)
    async with shop.units() as uow:
        question = await uow.of(QUESTIONS_KEY).newest_of(ana.id)
    assert question is not None
    return question


async def test_messages_form_one_conversation_and_a_repeated_message_is_stored_once(shop: Shop) -> None:
    first = await asks(shop)
    again = await asks(shop)
    shop.clock.advance(timedelta(minutes=5))
    second = await asks(shop, "¿Hola?", 2)

    assert first.id == again.id == second.id
    assert second.asked_at - first.asked_at == timedelta(minutes=5)
    assert [line.text for line in shop.memory.rows("question_lines")] == ["No veo mi canal", "¿Hola?"]


async def test_staff_answer_reaches_the_customer_and_records_its_author(shop: Shop) -> None:
    question, staff, wish = await asks(shop), Staff(shop), uuid4()
    shop.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        await staff(OLGA, "answer_question", question.id, wish, answer="Pulsa /estado")

    (job,) = await shop.notified("support_answer")
    assert (job["customer_id"], job["subject"]) == (str(ana.id), str(wish))
    view = await SeeQuestion(shop.units, staff.desk)(OLGA, question.id)
    assert view is not None
    assert [(line.author, line.text) for line in view.lines] == [
        (None, "No veo mi canal"),
        (str(OLGA), "Pulsa /estado"),
    ]
    assert (view.question.waits, view.question.open, view.names) == (False, True, {str(OLGA): "Olga"})
    assert "Pulsa" not in repr(shop.memory.rows("audit_log"))


async def test_closed_question_accepts_no_answer_and_a_new_message_opens_another_question(shop: Shop) -> None:
    question, staff = await asks(shop), Staff(shop)
    await staff(OLGA, "settle_question", question.id)
    with pytest.raises(NothingToDo):
        await staff(OLGA, "answer_question", question.id, answer="tarde")
    other = await asks(shop, "Otra cosa", 2)

    assert other.id != question.id
    closed = next(each for each in shop.memory.rows("questions") if each.id == question.id)
    assert closed.settled_by == str(OLGA)


async def test_reply_in_the_chat_answers_the_question(shop: Shop) -> None:
    question, keep = await asks(shop), KeepQuestions(shop.units, shop.clock)
    shop.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        await keep.answer(ana.id, str(OLGA), "Ya está", -5, 8)

    view = await SeeQuestion(shop.units, Staff(shop).desk)(OLGA, question.id)
    assert view is not None
    assert ([line.author for line in view.lines], view.question.waits) == ([None, str(OLGA)], False)
    shop.clock.advance(timedelta(minutes=1))
    assert (await asks(shop, "Gracias, pero no va", 9)).waits


@pytest.mark.parametrize("answer", ["", "x" * 3001])
async def test_refusal_of_an_unsendable_answer_names_the_field(shop: Shop, answer: str) -> None:
    question = await asks(shop)
    with pytest.raises(InputsRefused) as refused:
        await Staff(shop)(SHELL, "answer_question", question.id, answer=answer)
    assert set(refused.value.errors) == {"answer"}


async def test_customer_without_a_role_neither_sees_nor_answers_questions(shop: Shop) -> None:
    question, staff = await asks(shop), Staff(shop)
    with pytest.raises(NotAllowed):
        await SeeQuestion(shop.units, staff.desk)(ana.telegram_id, question.id)
    with pytest.raises(NotAllowed):
        await staff(ana.telegram_id, "answer_question", question.id, answer="yo misma")


async def test_long_wait_raises_one_alarm_until_the_next_answer(shop: Shop) -> None:
    watch = WatchQuestions(shop.units, shop.clock, lambda: PATIENCE)
    question = await asks(shop)
    shop.clock.advance(PATIENCE)
    await watch()
    assert await shop.jobs("bot.alarm") == []

    shop.clock.advance(timedelta(minutes=5))
    for _ in range(2):
        await watch()
    keys = {job["key"] for job in await shop.jobs("bot.alarm")}
    assert len(keys) == 1
    await Staff(shop)(OLGA, "answer_question", question.id, answer="Perdona la espera")
    shop.clock.advance(timedelta(minutes=1))
    await asks(shop, "Sigue sin ir", 2)
    shop.clock.advance(PATIENCE + timedelta(minutes=5))
    await watch()
    assert len({job["key"] for job in await shop.jobs("bot.alarm")}) == 2


async def test_saved_reply_is_previewed_and_sent_by_its_command(shop: Shop) -> None:
    replies = "/enlace Pulsa /estado y verás tu enlace"
    settings = load(CoreSettings, {"DATABASE_URL": "postgresql://u:p@127.0.0.1/db", "SAVED_REPLIES": replies})
    question, staff = await asks(shop), Staff(shop, settings=SettingsInForce(settings))
    effect = await staff.run.preview(OLGA, "answer_question", str(question.id), {"answer": "/enlace"})
    assert effect is not None
    assert effect.facts["text"] == "Pulsa /estado y verás tu enlace"
    assert await staff.run.preview(OLGA, "answer_question", str(question.id), {"answer": "/otra"}) is None
    shop.clock.advance(timedelta(minutes=1))
    await staff(OLGA, "answer_question", question.id, answer="/enlace")
    async with shop.units() as uow:
        lines = await uow.of(QUESTIONS_KEY).lines(question.id)
    assert lines[-1].text == "Pulsa /estado y verás tu enlace"


async def test_reply_to_a_message_from_staff_joins_the_conversation(shop: Shop) -> None:
    staff, wish = Staff(shop), uuid4()
    for _ in range(2):
        await staff(OLGA, "write", ana.id, wish, message="¿Te ayudo a entrar?")
    (job,) = await shop.notified("support_answer")
    assert (job["customer_id"], job["subject"]) == (str(ana.id), str(wish))
    shop.clock.advance(timedelta(minutes=1))
    question = await asks(shop, "Sí, por favor")
    view = await SeeQuestion(shop.units, staff.desk)(OLGA, question.id)
    assert view is not None
    assert [(line.author, line.text) for line in view.lines] == [
        (str(OLGA), "¿Te ayudo a entrar?"),
        (None, "Sí, por favor"),
    ]
    assert view.question.waits


async def test_message_from_staff_answers_the_open_question(shop: Shop) -> None:
    question = await asks(shop)
    shop.clock.advance(timedelta(minutes=1))
    await Staff(shop)(OLGA, "write", ana.id, uuid4(), message="Pulsa /estado")
    async with shop.units() as uow:
        found = await uow.of(QUESTIONS_KEY).newest_of(ana.id)
    assert found is not None
    assert (found.id, found.waits) == (question.id, False)


async def test_conversation_begun_by_staff_is_not_listed_as_waiting(shop: Shop) -> None:
    await Staff(shop)(OLGA, "write", ana.id, uuid4(), message="Hola")
    async with shop.units() as uow:
        assert await uow.of(QUESTIONS_KEY).waits_since(shop.clock.now() - timedelta(days=1)) == []
