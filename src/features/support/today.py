"""Section of the console's page Today that lists the open questions of customers."""

from typing import Final

from features.support.commands import AnswerQuestion
from subscriptions.application.staff.today_tasks import TodayTask

TODAY: Final = (
    TodayTask(
        name="questions",
        list_name="questions",
        filters={"state": "waiting"},
        command=AnswerQuestion.name,
        page="/questions/{id}",
        alarm_facts={"question": "id"},
        leads=True,
    ),
)
