"""What is done for or about a customer: a plan given, a note, a bar."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.formats import brief
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.pages.people.about import CUSTOMER, card_of, customer_in, doing
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from subscriptions.application.dto.typed_answers import Answer, Wrong, reason, signed_days, words
from subscriptions.domain.entities.activation_token import NOTE_LIMIT
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId
from subscriptions.domain.services.staff_policy import StaffAction


async def _plans(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(plan.label, plan.soft_id) for plan in await visit.use.pricing().get_all_plans()]


def chosen(answer: Answer, _: Mapping[str, str]) -> str:
    """A plan, by its button."""
    text = answer.text.strip()
    if not text or len(text) > 40:
        raise Wrong("choose")
    return text


async def _grant(visit: Visit, dialogue: Dialogue) -> str:
    plan = await plan_of(visit, dialogue.answers["plan"])
    days, why = int(dialogue.answers["days"]), dialogue.answers["reason"]
    try:
        end = await visit.use.access().grant(visit.who, customer_in(dialogue), plan, days, why, dialogue.id)
    except InvalidInput as refused:
        raise Wrong(refused.field, question="days" if refused.field == "days" else "plan") from None
    return visit.t("people.granted", until=brief(visit.t, end))


async def plan_of(visit: Visit, soft_id: str) -> PlanId:
    """The plan of this name in answers. Raises Wrong where it is gone."""
    found = next((plan for plan in await visit.use.pricing().get_all_plans() if plan.soft_id == soft_id), None)
    if found is None:
        raise Wrong("plan", question="plan")
    return found.id


async def _sure_grant(visit: Visit, dialogue: Dialogue) -> str:
    who = await visit.use.customers().get(visit.who, customer_in(dialogue))
    plans = {plan.soft_id: plan.label for plan in await visit.use.pricing().get_all_plans()}
    said = dialogue.answers
    name = who.mention if who is not None else "–"
    plan = plans.get(said["plan"], said["plan"])
    return visit.t("forms.grant.sure", name=name, plan=plan, days=said["days"], reason=said["reason"])


async def _plan_days(visit: Visit, dialogue: Dialogue) -> Sequence[Choice]:
    now = visit.use.clock().now()
    plans = {plan.soft_id: plan.days_from(now) for plan in await visit.use.pricing().get_all_plans()}
    offered = sorted({7, 30, plans.get(dialogue.answers.get("plan", ""), 30)})
    return [Choice(visit.t.unit("day", each), str(each)) for each in offered]


def _given_days(answer: Answer, answers: Mapping[str, str]) -> str:
    found = signed_days(answer, answers)
    if int(found) < 0:
        raise Wrong("duration_days_range", given=found)
    return found


GRANT: Final = Form(
    kind="grant",
    action=StaffAction.GRANT_PLAN,
    questions=(
        Question("plan", chosen, _plans),
        Question("days", _given_days, _plan_days, columns=2),
        Question("reason", reason),
    ),
    carry_out=doing(_grant),
    leave=card_of,
    summary=_sure_grant,
)


async def _note(visit: Visit, dialogue: Dialogue) -> str:
    await visit.use.note()(visit.who, customer_in(dialogue), dialogue.answers["note"], dialogue.id)
    return visit.t("people.noted")


def _text(answer: Answer, answers: Mapping[str, str]) -> str:
    found = words(NOTE_LIMIT * 2, "note")(answer, answers)
    if not found:
        raise Wrong("note_empty")
    return found


NOTE: Final = Form(
    kind="note",
    action=StaffAction.NOTE_CUSTOMER,
    questions=(Question("note", _text),),
    carry_out=doing(_note),
    leave=card_of,
)


def _barring(kind: str, action: StaffAction, *, barred: bool) -> Form:
    async def change(visit: Visit, dialogue: Dialogue) -> str:
        await visit.use.bar()(visit.who, customer_in(dialogue), dialogue.answers["reason"], barred=barred)
        return visit.t("people.now_barred" if barred else "people.now_free")

    async def summary(visit: Visit, dialogue: Dialogue) -> str:
        who = await visit.use.customers().get(visit.who, customer_in(dialogue))
        name = who.mention if who is not None else "–"
        return visit.t(f"forms.{kind}.sure", name=name, reason=dialogue.answers["reason"])

    return Form(
        kind=kind,
        action=action,
        questions=(Question("reason", reason),),
        carry_out=doing(change),
        leave=card_of,
        summary=summary,
    )


BLOCK: Final = _barring("block", StaffAction.BLOCK_CUSTOMER, barred=True)
UNBLOCK: Final = _barring("unblock", StaffAction.UNBLOCK_CUSTOMER, barred=False)


def _of_customer(form: Form) -> Page:
    async def show(visit: Visit) -> Screen:
        return await begin(visit, form, **{CUSTOMER: str(visit.id())})

    return Page(form.action, show)


PAGES: Final[Mapping[str, Page]] = {
    "c.grant": _of_customer(GRANT),
    "c.note": _of_customer(NOTE),
    "c.block": _of_customer(BLOCK),
    "c.unblock": _of_customer(UNBLOCK),
}
FORMS: Final = (GRANT, NOTE, BLOCK, UNBLOCK)
