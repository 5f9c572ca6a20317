"""Alarms about questions that wait for an answer, and about a group that cannot receive them."""

from datetime import datetime

from features.support.permissions import ANSWER_QUESTIONS
from features.support.ports import QUESTIONS_KEY
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause, ByCheck, PanelPage
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def _is_answered(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    question_id = id_in(alarm.facts.get("question"))
    question = await uow.of(QUESTIONS_KEY).get(question_id) if question_id is not None else None
    return question_id is not None and (question is None or not question.waits)


class QuestionWaits(AlarmKind):
    """Alarm: a customer's question has waited too long for an answer."""

    name = "question_waits"
    closes = ByCheck(_is_answered)
    link = PanelPage(
        "q.answer",
        ANSWER_QUESTIONS,
        subject="question",
        text="commands.answer_question.label",
        address="/questions?state=waiting",
    )
    question: str
    customer: CustomerId
    since: datetime


class SupportRefused(AlarmKind):
    """Alarm: the support group does not accept the bot's messages."""

    name = "support_refused"
    closes = ByCause()
    group: str
    reason: str
