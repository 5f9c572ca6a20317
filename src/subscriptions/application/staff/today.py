"""Questions on the page Today."""

from typing import Final

from subscriptions.application.staff.answer_question import AnswerQuestion
from subscriptions.application.staff.today_tasks import TodayTask

TODAY: Final = (
    TodayTask(
        name="questions",
        list_name="questions",
        filters={"state": "waiting"},
        command=AnswerQuestion.name,
        page="/questions/{id}",
        told_by={"question": "id"},
    ),
)
