"""What is done to one subscription: asked for step by step, with a reason, and a second tap."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from bot.formats import brief
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.pages.people.about import CUSTOMER, SUBSCRIPTION, Change, card_of, doing, subscription_in
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from subscriptions.application.access.change_access import TimeBilled
from subscriptions.application.dto.typed_answers import Wrong, reason, signed_days
from subscriptions.application.views.see_customers import HeldPlan
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction


async def _held(visit: Visit, dialogue: Dialogue) -> tuple[Customer, HeldPlan]:
    found = await visit.use.customers().held(visit.who, subscription_in(dialogue))
    if found is None:
        raise Stale("no such subscription")
    return found


def _sure(kind: str) -> Callable[[Visit, Dialogue], Awaitable[str]]:
    async def summary(visit: Visit, dialogue: Dialogue) -> str:
        who, held = await _held(visit, dialogue)
        until = brief(visit.t, held.until) if held.until else "–"
        said = {"days": "", **dialogue.answers}
        facts = {name: said[name] for name in ("days", "reason") if name in said}
        return visit.t(f"forms.{kind}.sure", name=who.mention, plan=held.plan, until=until, **facts)

    return summary


async def _extend(visit: Visit, dialogue: Dialogue) -> str:
    days, why = int(dialogue.answers["days"]), dialogue.answers["reason"]
    try:
        end = await visit.use.access().extend(visit.who, subscription_in(dialogue), days, why, dialogue.id)
    except TimeBilled as refused:
        spare, until = visit.t.unit("day", refused.spare), brief(visit.t, refused.until)
        raise Wrong(refused.field, question="days", days=spare, until=until) from None
    except InvalidInput as refused:
        raise Wrong(refused.field, question="days") from None
    return visit.t("people.extended", until=brief(visit.t, end))


async def _suspend(visit: Visit, dialogue: Dialogue) -> str:
    now_out = await visit.use.access().suspend(visit.who, subscription_in(dialogue), dialogue.answers["reason"])
    return visit.t("people.suspended" if now_out else "people.suspended_too")


async def _restore(visit: Visit, dialogue: Dialogue) -> str:
    goes_on = await visit.use.access().restore(visit.who, subscription_in(dialogue), dialogue.answers["reason"])
    return visit.t("people.restored" if goes_on else "people.restored_not_yet")


async def _remove(visit: Visit, dialogue: Dialogue) -> str:
    await visit.use.access().remove(visit.who, subscription_in(dialogue), dialogue.answers["reason"], dialogue.id)
    return visit.t("people.removed")


async def _some_days(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(f"+{visit.t.unit('day', each)}", str(each)) for each in (1, 3, 7, 30)]


def _about_subscription(kind: str, action: StaffAction, change: Change, *first: Question) -> Form:
    return Form(
        kind=kind,
        action=action,
        questions=(*first, Question("reason", reason)),
        carry_out=doing(change),
        leave=card_of,
        summary=_sure(kind),
    )


EXTEND: Final = _about_subscription(
    "extend", StaffAction.EXTEND_ACCESS, _extend, Question("days", signed_days, _some_days, columns=2)
)
SUSPEND: Final = _about_subscription("suspend", StaffAction.SUSPEND_ACCESS, _suspend)
RESTORE: Final = _about_subscription("restore", StaffAction.RESTORE_ACCESS, _restore)
REMOVE: Final = _about_subscription("remove", StaffAction.REMOVE_ACCESS, _remove)


def _of_subscription(form: Form) -> Page:
    async def show(visit: Visit) -> Screen:
        found = await visit.use.customers().held(visit.who, SubscriptionId(visit.id()))
        if found is None:
            raise Stale("no such subscription")
        known = {SUBSCRIPTION: str(found[1].id), CUSTOMER: str(found[0].id)}
        return await begin(visit, form, **known)

    return Page(form.action, show)


PAGES: Final[Mapping[str, Page]] = {
    "s.extend": _of_subscription(EXTEND),
    "s.suspend": _of_subscription(SUSPEND),
    "s.restore": _of_subscription(RESTORE),
    "s.remove": _of_subscription(REMOVE),
}
FORMS: Final = (EXTEND, SUSPEND, RESTORE, REMOVE)
