"""Console page of a customer's question, with the conversation and the form for the answer."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid4

from features.support.commands import AnswerQuestion, ResolveQuestion
from features.support.permissions import ANSWER_QUESTIONS
from features.support.subjects import QUESTION
from features.support.wiring import saved_replies, support_of
from web.console.pages.about import customer_page
from web.console.staff_commands import ACTIONS
from web.console.visit import Beside, Field, Page, PageGone, Target, Visit
from web.feature import WebPart

STORY: Final = 30
"""Maximum number of history entries shown next to a question."""


async def question(visit: Visit) -> Mapping[str, Any]:
    """Return the data of the page that shows a customer's conversation with staff next to the customer's history."""
    view = await support_of(visit.use.core).see_question()(visit.who, visit.id())
    if view is None:
        raise PageGone("no such question")
    lines, _ = await visit.use.story()(visit.who, view.customer.id, visit.now)
    replies = saved_replies(visit.use.core)() if view.question.open else {}
    return {
        "view": view,
        "page_of_customer": customer_page(view.customer.id),
        "days": [
            (day, list(day_lines))
            for day, day_lines in groupby(lines[:STORY], lambda line: visit.words.day(line["at"]))
        ],
        "commands": [ResolveQuestion.name] if view.question.open else [],
        "answer": _answer_field() if view.question.open else None,
        "replies": replies,
        "operations": {word: str(uuid4()) for word in replies},
    }


def _answer_field() -> Field:
    return ACTIONS[AnswerQuestion.name].fields[0]


async def _conversation(visit: Visit, target: Target) -> Beside:
    """Return the conversation that is shown next to a command's form."""
    view = await support_of(visit.use.core).see_question()(visit.who, UUID(target.id))
    return Beside("beside_answer.html", view)


WEB: Final = WebPart(
    pages=(Page("question", "/questions/{id}", "question.html", ANSWER_QUESTIONS, question, parent="questions"),),
    beside={QUESTION: _conversation},
)
