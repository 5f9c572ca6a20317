"""Figures of the survey, shown as a tab of the console's figures."""

from typing import Final

from subscriptions.application.lists.columns import Count, Moment, Sort, State
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.menu import MenuSection
from umbral_survey.permissions import SEE_SURVEY

_NEWEST: Final = Sort("newest", "answers.newest")
SURVEY: Final = ListModel(
    name="survey",
    permission=SEE_SURVEY,
    section=MenuSection.FIGURES,
    tables="(SELECT reason, count(*) AS answers, max(answered_at) AS newest FROM survey_answers GROUP BY reason)"
    " AS answers",
    key=("answers.reason", "text"),
    columns=(
        State("reason", "answers.reason", words="survey_reason"),
        Count("answers", "answers.answers"),
        Moment("newest", "answers.newest", sort=_NEWEST),
    ),
    filters=(),
    sort=_NEWEST,
)
LISTS: Final = (SURVEY,)
