"""Customers' questions and API keys, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from features.support.domain.question import Question, QuestionLine
from features.support.ports import QUESTIONS_KEY
from subscriptions.domain.ids import new_uuid
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


def question_of(customer: object, **more: object) -> Question:
    facts = {"id": new_uuid(), "customer_id": customer, "opened_at": NOON, "asked_at": NOON, **more}
    return Question(**facts)  # type: ignore[arg-type]


async def test_customer_has_one_open_question(units: Units) -> None:
    ana, hour = samples.customer(), timedelta(hours=1)
    closed = question_of(ana.id, settled_at=NOON, settled_by="cli")
    later = question_of(ana.id, settled_at=NOON + hour, settled_by="cli")
    async with units() as uow:
        await uow.customers.save(ana)
        for each in (closed, later):
            assert await uow.of(QUESTIONS_KEY).add_if_new(each)
        assert await uow.of(QUESTIONS_KEY).newest_of(ana.id) == later
        opened = question_of(ana.id)
        assert await uow.of(QUESTIONS_KEY).add_if_new(opened)
        assert not await uow.of(QUESTIONS_KEY).add_if_new(question_of(ana.id))
        await uow.commit()
    async with units() as uow:
        question = await uow.of(QUESTIONS_KEY).newest_of(ana.id, lock=True)
        assert question == opened
        assert await uow.of(QUESTIONS_KEY).list_waiting(NOON + hour) == [opened]
        assert await uow.of(QUESTIONS_KEY).list_waiting(NOON) == []
        question.answer(NOON + hour)
        await uow.of(QUESTIONS_KEY).save(question)
        assert await uow.of(QUESTIONS_KEY).list_waiting(NOON + hour) == []
        assert await uow.of(QUESTIONS_KEY).get(opened.id) == question
        await uow.commit()


async def test_questions_are_moved_to_another_customer(units: Units) -> None:
    ana, bea, hour = samples.customer(), samples.customer(), timedelta(hours=1)
    anas, beas = question_of(ana.id, answered_at=NOON + hour), question_of(bea.id, asked_at=NOON + 2 * hour)
    closed = question_of(bea.id, settled_at=NOON, settled_by="cli")
    async with units() as uow:
        for each in (ana, bea):
            await uow.customers.save(each)
        for number, question in enumerate((anas, beas, closed)):
            assert await uow.of(QUESTIONS_KEY).add_if_new(question)
            line = QuestionLine(id=new_uuid(), question_id=question.id, at=NOON, author=None, text=f"línea {number}")
            assert await uow.of(QUESTIONS_KEY).add_line(line)
        await uow.commit()
    for _ in range(2):
        async with units() as uow:
            await uow.of(QUESTIONS_KEY).move(bea.id, ana.id)
            await uow.commit()
    async with units() as uow:
        assert await uow.of(QUESTIONS_KEY).newest_of(bea.id) is await uow.of(QUESTIONS_KEY).get(beas.id) is None
        question = await uow.of(QUESTIONS_KEY).newest_of(ana.id)
        assert question is not None
        assert (question.id, question.waits) == (anas.id, True)
        assert {each.text for each in await uow.of(QUESTIONS_KEY).lines(anas.id)} == {"línea 0", "línea 1"}
        kept = await uow.of(QUESTIONS_KEY).get(closed.id)
        assert kept is not None
        assert kept.customer_id == ana.id


async def test_question_lines_are_stored_once_and_in_order(units: Units) -> None:
    ana = samples.customer()
    question = question_of(ana.id)
    lines = [
        QuestionLine(
            id=new_uuid(), question_id=question.id, at=NOON + timedelta(minutes=n), author=who, text=f"línea {n}"
        )
        for n, who in enumerate((None, "77"))
    ]
    async with units() as uow:
        await uow.customers.save(ana)
        await uow.of(QUESTIONS_KEY).add_if_new(question)
        for line in reversed(lines):
            assert await uow.of(QUESTIONS_KEY).add_line(line)
        assert not await uow.of(QUESTIONS_KEY).add_line(lines[0])
        assert await uow.of(QUESTIONS_KEY).lines(question.id) == lines
        assert await uow.of(QUESTIONS_KEY).line(lines[1].id) == lines[1]
        assert await uow.of(QUESTIONS_KEY).line(question.id) is None
        await uow.commit()
