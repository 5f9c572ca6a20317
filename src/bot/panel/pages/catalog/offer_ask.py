"""Dialogue that creates or changes a plan, with a preview of the plan's card as customers see it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.pages.catalog.plan_card import plan_of, show, titles_shown
from bot.panel.pages.staff.commands import outcome_of
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.catalog import offer as screens
from bot.screens.panel.frame import actor_name
from bot.screens.plans import plan_card
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.catalog.drafts import plan_draft
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS, PlanField, QuestionKind, Record, record_of
from subscriptions.application.catalog.plan_input import FIELD, FOREVER, usual_currency
from subscriptions.application.catalog.save_plan import SavePlan
from subscriptions.application.dto.typed_answers import Wrong, name
from subscriptions.application.views import plan_texts
from subscriptions.application.views.plan_texts import offer_price
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.services.staff_policy import StaffAction

_PLAN: Final = "id"
_VERSION: Final = "version"
"""Reserved answer names: `_PLAN` for the plan's id, `_VERSION` for the version of the plan that the dialogue showed."""
Choices = Callable[[Visit, Dialogue], Awaitable[Sequence[Choice]]]
_LENGTHS: Final = ("30", "90", "365", "week 1", "month 1", "month 3", "year 1", FOREVER)


async def _lengths(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(plan_texts.length_shown(visit.t, each), each) for each in _LENGTHS]


async def _openable(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    resources = await visit.use.browse_plans().openable()
    return [Choice(plan_texts.resource_title(visit.t, each), each.soft_id) for each in resources]


def _choice_of(answer: str) -> Choices:
    async def choice(visit: Visit, _: Dialogue) -> Sequence[Choice]:
        return [Choice(visit.t.plain("forms.skip"), answer)]

    return choice


def _words(field: PlanField) -> Choices:
    async def choices(visit: Visit, _: Dialogue) -> Sequence[Choice]:
        return [Choice(plan_texts.answer_text(visit.t, field.name, each), each) for each in field.words]

    return choices


async def _other_plans(visit: Visit, dialogue: Dialogue) -> Sequence[Choice]:
    plans = await visit.use.pricing().get_all_plans()
    others = [plan for plan in plans if str(plan.id) != dialogue.answers.get(_PLAN)]
    return [Choice(visit.t.plain("forms.skip"), ""), *(Choice(plan.label, plan.soft_id) for plan in others)]


def _skip_choice(field: PlanField) -> Choices | None:
    """Return the choices for a plan's field, or None if staff must type the answer, as for the position."""
    if field.question is QuestionKind.WORD:
        return _words(field)
    if field.question is QuestionKind.PLANS:
        return _other_plans
    if field.question is QuestionKind.RESOURCES:
        return _openable
    return None if field.name == "position" else _choice_of("" if field.blank is None else str(field.blank))


QUESTIONS: Final = (
    Question("name", name),
    Question("duration_days", plan_draft.length, _lengths, columns=2),
    Question("price", plan_draft.amount),
    *(
        Question(name, plan_draft.reader(field), _skip_choice(field), optional=name != "opens")
        for name, field in FIELD_QUESTIONS.items()
    ),
    Question(FIELD, plan_draft.prices, _choice_of(""), optional=True),
    *(Question(language, plan_draft.words, _choice_of(""), optional=True) for language in LANGUAGES),
)
"""Questions about a plan. The dialogue asks the first three questions and the question about the resource; the other
questions can be opened from the preview.
"""


async def _sure(visit: Visit, dialogue: Dialogue) -> str:
    answers, t = dialogue.answers, visit.t
    methods = visit.use.method_prices()
    plan, view = await plan_draft.draft(answers, visit.use.clock().now(), methods, visit.use.browse_plans())
    changed_names = (
        plan_draft.changed_questions(answers)
        if _PLAN in answers
        else [step.name for step in QUESTIONS if answers.get(step.name)]
    )
    titles = await titles_shown(visit)
    facts = [
        (t.plain(f"forms.plan_new.field.{step}"), plan_texts.answer_text(t, step, answers[step], titles))
        for step in changed_names
    ]
    languages = [t.language, *(language for language in plan.texts if language != t.language and language in LANGUAGES)]
    previews = [(language, plan_card(texts_for(language), view).text) for language in languages]
    button = t.plain("plans.button", plan=plan.label, price=offer_price(t, view))
    missing = plan_texts.titles_text(",".join(view.missing), QuestionKind.RESOURCES, titles)
    payable, new = view.free or bool(view.methods), _PLAN not in answers
    return screens.draft(
        t,
        plan,
        facts,
        previews,
        button,
        payable=payable,
        new=new,
        promises=view.promises,
        missing=missing,
    )


async def _save(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = dialogue.answers
    version = int(answers[_VERSION])
    try:
        await _carry_out(visit, dialogue, plan_draft.record_of(answers), version)
    except Wrong as other:
        if other.key != "meanwhile":
            raise
        plan = await plan_of(visit, UUID(answers[_PLAN]))
        theirs = plan_draft.merge(answers, await _record(visit, plan))
        answers[_VERSION] = str(plan.version)
        what = ", ".join(visit.t.plain(f"forms.plan_new.field.{step}") for step in theirs)
        editor = actor_name(await visit.names(plan.updated_by), plan.updated_by)
        raise Wrong("meanwhile", by=editor, what=what or "–") from other
    return await show(visit, await plan_of(visit, UUID(answers[_PLAN])), visit.t("offer.done"))


async def _make(visit: Visit, dialogue: Dialogue) -> Screen:
    plans = await visit.use.pricing().get_all_plans(active_only=False)
    highest_position = max((plan.position for plan in plans if plan.id != dialogue.id), default=0)
    record = {"position": highest_position + 1, **plan_draft.record_of(dialogue.answers)}
    await _carry_out(visit, dialogue, record)
    plan = await plan_of(visit, dialogue.id)
    is_sold = not (await visit.use.browse_plans().missing([plan]))[plan.id]
    return await show(visit, plan, visit.t("offer.created" if is_sold else "offer.created_unsold"))


async def _carry_out(visit: Visit, dialogue: Dialogue, record: Record, version: int | None = None) -> None:
    try:
        outcome = await outcome_of(visit, SavePlan, "", plan_draft.answers_to_save(record, version), dialogue.id)
    except Wrong as wrong:
        raise plan_draft.refusal_of(wrong) from wrong
    if outcome is None:
        raise Stale("no such plan")


async def _record(visit: Visit, plan: ServicePlan) -> Record:
    return record_of(plan, await visit.use.browse_plans().prices_of(plan))


def _form(kind: str, carry_out: Callable[[Visit, Dialogue], Awaitable[Screen]]) -> Form:
    return Form(
        kind=kind,
        action=StaffAction.CHANGE_PLANS,
        questions=QUESTIONS,
        carry_out=carry_out,
        leave=lambda dialogue: (
            data("plan", UUID(plan_id)) if (plan_id := dialogue.answers.get(_PLAN)) else data("plans")
        ),
        summary=_sure,
        asks="plan_new",
        opens=True,
    )


NEW: Final = _form("plan_new", _make)
EDIT: Final = _form("plan_edit", _save)


def _defaults(visit: Visit, currency: str) -> dict[str, str]:
    """Return the answers that the dialogue does not ask for but that its questions depend on: the currency, and the
    payment methods' codes with an example price.
    """
    return {"currency": currency, **visit.use.method_prices().named()}


async def new(visit: Visit) -> Screen:
    """Ask for a plan's name, length and price, and for its resource if there are several chats.

    All other fields can be opened from the preview.
    """
    own = usual_currency(await visit.use.pricing().get_all_plans(active_only=False))
    only_chat = await visit.use.browse_plans().only_chat()
    opens = {"opens": only_chat} if only_chat is not None else {}
    return await begin(visit, NEW, **opens, **_defaults(visit, own or ""))


async def edit(visit: Visit) -> Screen:
    """Show the plan's current values, each with a button to change the value. If the pressed button names a field, ask
    for that field first.
    """
    plan = await visit.use.pricing().get_plan_by_id(visit.id())
    step = visit.parts[1] if len(visit.parts) > 1 else ""
    if plan is None or step not in {"", *EDIT.steps}:
        raise Stale("no such plan")
    answers = plan_draft.answers_of(await _record(visit, plan))
    defaults = {_PLAN: str(plan.id), _VERSION: str(plan.version), "plan": plan.label}
    return await begin(visit, EDIT, step, **answers, **defaults, **_defaults(visit, plan.price.currency))


PAGES: Final[Mapping[str, Page]] = {
    "plan.new": Page(StaffAction.CHANGE_PLANS, new),
    "plan.edit": Page(StaffAction.CHANGE_PLANS, edit),
}
FORMS: Final = (NEW, EDIT)
