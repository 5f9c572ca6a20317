"""Plans made and changed in guided dialogues."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Answer, Choice, Form, Question
from bot.panel.pages.plans import meanwhile
from bot.panel.reading import Answers, days, kept_money, name, price, words
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel import selling as screens
from subscriptions.application.catalog.plan_input import usual_currency
from subscriptions.application.catalog.pricing_service import PlanChangedMeanwhile
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.service_plan import NOTE_LIMIT, AccessKind, ServicePlan
from subscriptions.domain.services.staff_policy import StaffAction

_PLAN: Final = "id"
_VERSION: Final = "version"
_BEGUN: Final = "begun"
"""Answers that need no asking: which plan, as it was shown; when the dialogue began."""


def _price_in_its_currency(answer: Answer, answers: Answers) -> str:
    return price(answers.get("currency", ""))(answer, answers)


async def _lengths(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.unit("day", each), str(each)) for each in (30, 90, 365)]


async def _no_note(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain("forms.skip"), "")]


async def _sure_new(visit: Visit, dialogue: Dialogue) -> str:
    said = dialogue.answers
    length = visit.t.unit("day", int(said["duration_days"]))
    return visit.t("forms.plan_new.sure", name=said["name"], days=length, price=kept_money(said["price"]))


async def _make(visit: Visit, dialogue: Dialogue) -> Screen:
    said, money = dialogue.answers, kept_money(dialogue.answers["price"])
    begun = datetime.fromisoformat(said[_BEGUN])
    # A repetition after a crash finds what the first time made.
    for known in await visit.use.pricing().get_all_plans(active_only=False):
        if known.created_by == visit.who and known.name == said["name"] and known.created_at >= begun:
            return screens.plan(visit.t, known, visit.role, visit.t("selling.created"))
    made = await visit.use.pricing().create_plan(
        said["name"], int(said["duration_days"]), money.decimal, visit.who, money.currency
    )
    return screens.plan(visit.t, made, visit.role, visit.t("selling.created"))


NEW: Final = Form(
    kind="plan_new",
    action=StaffAction.CHANGE_PLANS,
    questions=(
        Question("name", name),
        Question("duration_days", days, _lengths, columns=2),
        Question("price", _price_in_its_currency),
    ),
    carry_out=_make,
    leave=lambda _: data("plans"),
    summary=_sure_new,
)


async def new(visit: Visit) -> Screen:
    """Begin the guided dialogue."""
    own = usual_currency(await visit.use.pricing().get_all_plans(active_only=False), AccessKind.VIP_CHANNEL)
    return await begin(visit, NEW, **{_BEGUN: visit.use.clock().now().isoformat(), "currency": own or ""})


async def _change(visit: Visit, dialogue: Dialogue, **fields: Any) -> Screen:
    """Write it, unless somebody else changed the plan since the dialogue began."""
    plan_id, version = UUID(dialogue.answers[_PLAN]), int(dialogue.answers[_VERSION])
    try:
        done = await visit.use.pricing().update_plan(plan_id, by=visit.who, version=version, **fields)
    except PlanChangedMeanwhile as other:
        if all(getattr(other.plan, field) == value for field, value in fields.items()):
            # Our own change, worked on twice.
            return screens.plan(visit.t, other.plan, visit.role, visit.t("selling.done"))
        return meanwhile(visit, other.plan)
    if done is None:
        raise Stale("no such plan")
    return screens.plan(visit.t, done, visit.role, visit.t("selling.done"))


async def _rename(visit: Visit, dialogue: Dialogue) -> Screen:
    return await _change(visit, dialogue, name=dialogue.answers["name"])


async def _reprice(visit: Visit, dialogue: Dialogue) -> Screen:
    money = kept_money(dialogue.answers["price"])
    return await _change(visit, dialogue, price=money.decimal, currency=money.currency)


async def _relength(visit: Visit, dialogue: Dialogue) -> Screen:
    return await _change(visit, dialogue, duration_days=int(dialogue.answers["duration_days"]))


async def _renote(visit: Visit, dialogue: Dialogue) -> Screen:
    return await _change(visit, dialogue, note=dialogue.answers["note"])


async def _sure_name(visit: Visit, dialogue: Dialogue) -> str:
    return visit.t("forms.plan_name.sure", **_facts(dialogue, "before", "name"))


async def _sure_price(visit: Visit, dialogue: Dialogue) -> str:
    facts = {**_facts(dialogue, "plan", "before"), "price": kept_money(dialogue.answers["price"])}
    return visit.t("forms.plan_price.sure", **facts)


async def _sure_days(visit: Visit, dialogue: Dialogue) -> str:
    length = visit.t.unit("day", int(dialogue.answers["duration_days"]))
    return visit.t("forms.plan_days.sure", **_facts(dialogue, "plan", "before"), days=length)


async def _sure_note(visit: Visit, dialogue: Dialogue) -> str:
    note = dialogue.answers["note"] or visit.t.plain("panel.none")
    return visit.t("forms.plan_note.sure", **_facts(dialogue, "plan", "before"), note=note)


def _facts(dialogue: Dialogue, *names: str) -> dict[str, str]:
    return {name: dialogue.answers[name] for name in names}


def _editing(kind: str, question: Question, carry_out: Any, summary: Any) -> Form:
    return Form(
        kind=kind,
        action=StaffAction.CHANGE_PLANS,
        questions=(question,),
        carry_out=carry_out,
        leave=lambda dialogue: data("plan", UUID(dialogue.answers[_PLAN])),
        summary=summary,
    )


NAME: Final = _editing("plan_name", Question("name", name), _rename, _sure_name)
PRICE: Final = _editing("plan_price", Question("price", _price_in_its_currency), _reprice, _sure_price)
DAYS: Final = _editing("plan_days", Question("duration_days", days, _lengths, columns=2), _relength, _sure_days)
NOTE: Final = _editing("plan_note", Question("note", words(NOTE_LIMIT, "note"), _no_note), _renote, _sure_note)


async def edit_name(visit: Visit) -> Screen:
    """Ask for another name."""
    shown = await _shown(visit)
    return await begin(visit, NAME, **_known(shown), before=shown.name)


async def edit_price(visit: Visit) -> Screen:
    """Ask for another price."""
    shown = await _shown(visit)
    return await begin(visit, PRICE, **_known(shown), before=visit.t.money(shown.price), currency=shown.price.currency)


async def edit_days(visit: Visit) -> Screen:
    """Ask for another length."""
    shown = await _shown(visit)
    return await begin(visit, DAYS, **_known(shown), before=visit.t.unit("day", shown.days))


async def edit_note(visit: Visit) -> Screen:
    """Ask for another line under the description, or none."""
    shown = await _shown(visit)
    return await begin(visit, NOTE, **_known(shown), before=shown.note or visit.t.plain("panel.none"))


async def _shown(visit: Visit) -> ServicePlan:
    found = await visit.use.pricing().get_plan_by_id(visit.id())
    if found is None:
        raise Stale("no such plan")
    return found


def _known(plan: ServicePlan) -> dict[str, str]:
    return {_PLAN: str(plan.id), _VERSION: str(plan.version), "plan": plan.label}


PAGES: Final[Mapping[str, Page]] = {
    "plan.new": Page(StaffAction.CHANGE_PLANS, new),
    "plan.name": Page(StaffAction.CHANGE_PLANS, edit_name),
    "plan.price": Page(StaffAction.CHANGE_PLANS, edit_price),
    "plan.days": Page(StaffAction.CHANGE_PLANS, edit_days),
    "plan.note": Page(StaffAction.CHANGE_PLANS, edit_note),
}
FORMS: Final = (NEW, NAME, PRICE, DAYS, NOTE)
