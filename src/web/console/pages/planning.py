"""Console forms that create or change a plan: all questions of the chat's dialogue in one form, with a preview of the
plan's card.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.drafts import plan_draft
from subscriptions.application.catalog.drafts.plan_draft import RECORD_NOTE
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS, PlanField, QuestionKind, names_in, record_of
from subscriptions.application.catalog.plan_input import FIELD, usual_currency
from subscriptions.application.catalog.save_plan import SavePlan
from subscriptions.application.dto.languages import language_name
from subscriptions.application.dto.typed_answers import name
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.views import plan_texts
from subscriptions.domain.entities.service_plan import TRANSLATED_LIMITS
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import InvalidInput
from web.console.pages.plans import LIST_PATH, MAY, plan_at
from web.console.said import ChatWords, question_text, said_in
from web.console.visit import Action, Field, FormFields, Redirection, Target, Visit

FRESH: Final = "new"
NEW_PLAN: Final = "plan_new"
Choices = Callable[[Visit, Target], Awaitable[Sequence[tuple[str, str]]]]
LINES: Final = sum(TRANSLATED_LIMITS.values())
_KINDS: Final = {QuestionKind.TEXT: "long", QuestionKind.DAY: "day"}


def _facts(visit: Visit, currency: str, answers: dict[str, str]) -> dict[str, Any]:
    """Return the answers that the parsers need but the form does not ask for, and the form's initial values."""
    kept_answers = {RECORD_NOTE: answers[RECORD_NOTE]} if RECORD_NOTE in answers else {}
    answers["duration_days"] = plan_texts.length_shown(ChatWords(visit.words), answers.get("duration_days", "month 1"))
    named = visit.use.method_prices().named()
    return {"said": {"currency": currency, **named, **kept_answers}, "known": answers}


async def _fresh(visit: Visit, subject_id: str) -> Target | None:
    plans = await visit.use.pricing().get_all_plans(active_only=False)
    blanks = {
        each: str(field.blank)
        for each, field in FIELD_QUESTIONS.items()
        if field.question in {QuestionKind.NUMBER, QuestionKind.WORD}
    }
    position = max((plan.position for plan in plans), default=0) + 1
    blanks |= {"opens": await visit.use.browse_plans().only_chat() or "", "position": str(position)}
    facts = _facts(visit, usual_currency(plans) or "", blanks)
    return Target(FRESH, visit.words("about.plan_new"), LIST_PATH, facts) if subject_id == FRESH else None


async def _target(visit: Visit, subject_id: str) -> Target | None:
    plans = await plan_at(visit, subject_id)
    if plans is None:
        return None
    plan, target = plans
    answers = plan_draft.answers_of(record_of(plan, await visit.use.browse_plans().prices_of(plan)))
    facts = {**target.facts, **_facts(visit, plan.price.currency, answers)}
    return Target(target.id, target.name, target.url, facts)


async def _openable(visit: Visit, target: Target) -> Sequence[tuple[str, str]]:
    """Return the resources to choose from: first the plan's resources in the plan's order, then the other resources."""
    order = names_in(_was("opens")(target))
    resources = await visit.use.browse_plans().openable()
    resources = sorted(resources, key=lambda each: order.index(each.soft_id) if each.soft_id in order else len(order))
    return [(each.soft_id, plan_texts.resource_title(ChatWords(visit.words), each)) for each in resources]


async def _look(visit: Visit, _: Target, answers: FormFields) -> Sequence[tuple[str, str]]:
    use, say = visit.use, ChatWords(visit.words)
    plan, view = await plan_draft.draft(answers, visit.now, use.method_prices(), use.browse_plans())
    new = RECORD_NOTE not in answers
    usual = {each: field.answer(field.blank) for each, field in FIELD_QUESTIONS.items()}
    names = [each for each in answers if answers[each] not in {"", "0", usual.get(each)}]
    changed_names = names if new else plan_draft.changed_questions(answers)
    plans, resources = await use.pricing().get_all_plans(active_only=False), await use.browse_plans().openable()
    titles = plan_texts.titles_of(say, plans, resources)
    lines = [_line(say, each, answers[each.name], titles) for each in FIELDS if each.name in changed_names]
    if not view.free and not view.methods:
        lines.append(say("offer.unpayable", currency=plan.price.currency))
    if view.missing:
        missing = plan_texts.titles_text(",".join(view.missing), QuestionKind.RESOURCES, titles)
        lines.append(say("offer.unsold", missing=missing))
    if view.promises:
        lines.append(
            say("offer.promises", phrases=", ".join(say("offer.promise", phrase=phrase) for phrase in view.promises))
        )
    label = say("plans.button", plan=plan.label, price=plan_texts.offer_price(say, view))
    own = visit.words.language
    languages = [own, *(each for each in LANGUAGES if each in plan.texts and each != own)]
    return [
        (visit.words("plan.answers" if new else "plan.changes"), "\n".join(lines) or "–"),
        (visit.words("plan.button"), label),
        *((visit.words("plan.card", language=language_name(code)), _card(code, view)) for code in languages),
    ]


def _line(say: ChatWords, field: Field, answer: str, titles: plan_texts.Titles) -> str:
    return f"{question_text(say.words, field, 'field', {})}: {plan_texts.answer_text(say, field.name, answer, titles)}"


def _card(language: str, view: PlanView) -> str:
    return "\n\n".join(part.strip() for part in plan_texts.card(said_in(language), view))


async def _new(visit: Visit, target: Target, answers: FormFields, operation: UUID) -> str | Redirection:
    await _look(visit, target, answers)
    return await _save(visit, plan_draft.answers_to_save(plan_draft.record_of(answers)), operation)


async def _edit(visit: Visit, target: Target, form: FormFields, operation: UUID) -> str | Redirection:
    await _look(visit, target, form)
    answers = plan_draft.answers_to_save(plan_draft.record_of(form), int(target.facts["version"]))
    return await _save(visit, answers, operation)


async def _save(visit: Visit, answers: Mapping[str, str], operation: UUID) -> str | Redirection:
    try:
        await visit.use.run_command()(visit.who, SavePlan.name, "", answers, operation)
    except InputsRefused as error:
        wrong = next(iter(error.errors.values()))
        if wrong.key == "meanwhile":
            raise InvalidInput("plan_changed", "somebody else was first") from error
        raise plan_draft.refusal_of(wrong) from error
    return str(operation)


def _was(answer: str) -> Any:
    return lambda target: target.facts["known"].get(answer, "")


def _words(field: PlanField) -> Choices:
    async def choices(visit: Visit, _: Target) -> Sequence[tuple[str, str]]:
        return [(each, plan_texts.answer_text(ChatWords(visit.words), field.name, each)) for each in field.words]

    return choices


async def _others(visit: Visit, target: Target) -> Sequence[tuple[str, str]]:
    plans = await visit.use.pricing().get_all_plans(active_only=False)
    return [(plan.soft_id, ChatWords(visit.words).translate(plan.label)) for plan in plans if str(plan.id) != target.id]


def _field_of(answer: str, field: PlanField) -> Field:
    reader = plan_draft.reader(field)
    if field.question is QuestionKind.WORD:
        return Field(answer, reader, "choice", _words(field), _was(answer), dialogue=NEW_PLAN)
    if field.question in {QuestionKind.PLANS, QuestionKind.RESOURCES}:
        choices = _others if field.question is QuestionKind.PLANS else _openable
        return Field(answer, reader, "many", choices, _was(answer), optional=True, dialogue=NEW_PLAN)
    kind = _KINDS.get(field.question or QuestionKind.LINE, "text")
    optional = field.question is not QuestionKind.NUMBER
    most = field.most if kind == "long" else 0
    return Field(answer, reader, kind, None, _was(answer), most, optional, dialogue=NEW_PLAN)


FIELDS: Final = (
    Field("name", name, initial=_was("name"), dialogue=NEW_PLAN),
    Field("duration_days", plan_draft.length, initial=_was("duration_days"), dialogue=NEW_PLAN),
    Field("price", plan_draft.amount, initial=_was("price"), dialogue=NEW_PLAN),
    *(_field_of(answer, field) for answer, field in FIELD_QUESTIONS.items()),
    Field(FIELD, plan_draft.prices, "long", initial=_was(FIELD), most=LINES, optional=True, dialogue=NEW_PLAN),
    *(
        Field(each, plan_draft.words, "long", None, _was(each), LINES, optional=True, dialogue=NEW_PLAN)
        for each in LANGUAGES
    ),
)
FIRST: Final = ("name", "price", "duration_days", "opens")
"""Questions about a new plan that are shown first; the other questions are hidden behind “More”."""
NEW_FIELDS: Final = tuple(
    replace(each, is_more=each.name not in FIRST)
    for each in sorted(FIELDS, key=lambda each: FIRST.index(each.name) if each.name in FIRST else len(FIRST))
)
ACTIONS: Final = (
    Action("plan_new", MAY, _fresh, _new, NEW_FIELDS, look=_look),
    Action("plan_edit", MAY, _target, _edit, FIELDS, look=_look),
)
