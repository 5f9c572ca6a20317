"""List of customers' questions."""

from typing import Final

from features.support.permissions import ANSWER_QUESTIONS
from subscriptions.application.lists.columns import Moment, PageLink, Person, Sort, State, Text
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.infrastructure.database.list_parts import PERSON, STAFF_BY, search, span


class Asker(Person):
    """Column of the customer who asked a question. The name links to the question, which is shown together with the
    customer's history.
    """

    def page_of(self, row: Row) -> str:
        return f"/questions/{row['id']}"


_BY_QUESTION: Final = Sort("asked_last", "questions.asked_at")
_WAITS: Final = "questions.settled_at IS NULL AND coalesce(questions.answered_at < questions.asked_at, true)"
_STANDS: Final = (
    f"CASE WHEN questions.settled_at IS NOT NULL THEN 'settled' WHEN {_WAITS} THEN 'waiting' ELSE 'answered' END"
)
_LAST_WORDS: Final = (
    "(SELECT left(question_lines.text, 120) FROM question_lines WHERE question_lines.question_id = questions.id"
    " ORDER BY question_lines.at DESC, question_lines.id LIMIT 1)"
)
QUESTIONS: Final = ListModel(
    name="questions",
    permission=ANSWER_QUESTIONS,
    section=MenuSection.CUSTOMERS,
    tables="questions JOIN customers ON customers.id = questions.customer_id"
    f" LEFT JOIN customers AS staff ON {STAFF_BY.format('questions.settled_by')}",
    key=("questions.id", "uuid"),
    columns=(
        Asker("customer"),
        PageLink("last_words", _LAST_WORDS, more={"way": "'/questions/' || questions.id"}),
        State("state", _STANDS, words="question_state"),
        Moment("asked_last", "questions.asked_at", sort=_BY_QUESTION),
        Text("settled_by", "coalesce(staff.first_name, questions.settled_by)"),
    ),
    filters=(
        search(
            f"({PERSON} OR EXISTS (SELECT FROM question_lines WHERE question_lines.question_id = questions.id"
            " AND question_lines.text ILIKE :like))"
        ),
        Filter(
            "state",
            choices={each: f"{_STANDS} = '{each}'" for each in ("waiting", "answered", "settled")},
            words="question_state",
        ),
        *span("questions.asked_at"),
    ),
    sort=_BY_QUESTION,
)

LISTS: Final = (QUESTIONS,)
