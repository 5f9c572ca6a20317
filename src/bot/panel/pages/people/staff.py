"""Who is staff: only owners see it, and give roles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Final

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.pages.staff.commands import (
    OWN_PAGES,
    SUBJECT,
    form_of,
    outcome_of,
    outcome_text,
    press,
    press_operation,
    run,
)
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.people import staff as screens
from subscriptions.application.dto.typed_answers import Wrong, identity
from subscriptions.application.lists.read_lists import View
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.staff.set_role import NO_ROLE, SetRole
from subscriptions.application.team.invite_colleague import (
    ConfirmInvitation,
    InviteColleague,
    MadeInvitation,
    RevokeInvitation,
)
from subscriptions.application.team.own_roles import ChangeRole, MakeRole, RemoveRole
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.customer import Customer, Role
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import ASSIGNABLE_ROLES, StaffAction

PAGE_SIZE: Final = 50


async def _rows(visit: Visit, name: str) -> Sequence[Row]:
    model = LISTS[name]
    view = View(model=model, sort=model.sort, is_descending=model.is_descending, filters={}, zone=UTC)
    return (await visit.use.lists()(visit.who, view, PAGE_SIZE)).rows


async def _invitations(visit: Visit) -> list[Row]:
    return [row for row in await _rows(visit, "invitations") if row["state"] in {"open", "opened"}]


async def roles(visit: Visit) -> Screen:
    """The operator's own roles."""
    return screens.roles(visit.t, await _rows(visit, "roles"))


def _role_form(command: type[StaffCommand]) -> Form:
    """The dialogue of an act about a role: what it may do is typed, for it is more than one button."""

    async def carried_out(visit: Visit, dialogue: Dialogue) -> Screen:
        answers = {each.name: dialogue.answers.get(each.name, "") for each in command.inputs}
        outcome = await outcome_of(visit, command, dialogue.answers[SUBJECT], answers, dialogue.id)
        if outcome is None:
            raise Stale("no such role")
        return screens.roles(visit.t, await _rows(visit, "roles"), outcome_text(visit.t, command, outcome))

    form = form_of(command)
    questions = tuple(replace(each, choices=None) if each.name == "permissions" else each for each in form.questions)
    return replace(form, questions=questions, carry_out=carried_out, leave=lambda _: data("roles"))


def _role_page(form: Form) -> Page:
    async def ask(visit: Visit) -> Screen:
        return await begin(visit, form, **{SUBJECT: str(visit.id()) if visit.parts else ""})

    return Page(form.action, ask)


async def _team(visit: Visit, note: str = "") -> Screen:
    return screens.team(visit.t, await visit.use.staff()(visit.who), await _invitations(visit), note)


async def team(visit: Visit) -> Screen:
    """Everybody with a role, and the invitations that somebody may still become it by."""
    return await _team(visit)


async def invitation(visit: Visit) -> Screen:
    """One of those."""
    row = next((each for each in await _invitations(visit) if each["id"] == str(visit.id())), None)
    if row is None:
        raise Stale("no such invitation")
    return screens.invitation(visit.t, row)


async def invite(visit: Visit) -> Screen:
    """Ask for which role, and how long the link opens."""
    return await begin(visit, INVITE, **{SUBJECT: ""})


async def _invite(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = {each.name: dialogue.answers[each.name] for each in InviteColleague.inputs}
    outcome = await outcome_of(visit, InviteColleague, "", answers, dialogue.id)
    if outcome is None or not isinstance(outcome.result, MadeInvitation):
        raise Stale("no such invitation")
    return screens.invitation_link(visit.t, outcome.result)


async def card(visit: Visit) -> Screen:
    """One of them."""
    return screens.member(visit.t, await _person(visit))


async def give(visit: Visit) -> Screen:
    """Give a role."""
    role = next((each for each in ASSIGNABLE_ROLES if each == visit.part(1)), None)
    if role is None:
        raise Stale("no such role")
    return await _set_role(visit, role)


async def take(visit: Visit) -> Screen:
    """Take it away."""
    return await _set_role(visit, None)


async def _set_role(visit: Visit, role: Role | None) -> Screen:
    answers = {"role": str(role or NO_ROLE)}
    note = await run(visit, SetRole, str(visit.id()), answers, press_operation(visit, visit.id()))
    return screens.member(visit.t, await _person(visit), note)


async def _person(visit: Visit) -> Customer:
    customer = await visit.use.customers().get(visit.who, CustomerId(visit.id()))
    if customer is None:
        raise Stale("no such customer")
    return customer


async def add(visit: Visit) -> Screen:
    """Ask who."""
    return await begin(visit, ADD)


async def _find(visit: Visit, dialogue: Dialogue) -> Screen:
    people = await visit.use.customers().find(visit.who, dialogue.answers["who"])
    if len(people) != 1:
        raise Wrong("who_many" if people else "who_none", question="who", given=dialogue.answers["who"])
    return screens.member(visit.t, people[0])


ADD: Final = Form(
    kind="team",
    action=StaffAction.MANAGE_STAFF,
    questions=(Question("who", identity),),
    carry_out=_find,
    leave=lambda _: data("team"),
)

INVITE: Final[Form] = replace(form_of(InviteColleague), carry_out=_invite, leave=lambda _: data("team"))
ROLE_FORMS: Final = tuple(_role_form(command) for command in (MakeRole, ChangeRole, RemoveRole))

PAGES: Final[Mapping[str, Page]] = {
    "roles": Page(MakeRole.permission, roles),
    **{OWN_PAGES[form.kind]: _role_page(form) for form in ROLE_FORMS},
    "inv": Page(InviteColleague.permission, invitation),
    "inv.new": Page(InviteColleague.permission, invite),
    "inv.yes": press(ConfirmInvitation, _team),
    "inv.no": press(RevokeInvitation, _team),
    "team": Page(StaffAction.MANAGE_STAFF, team),
    "team.card": Page(StaffAction.MANAGE_STAFF, card),
    "team.give": Page(StaffAction.MANAGE_STAFF, give),
    "team.take": Page(StaffAction.MANAGE_STAFF, take),
    "team.add": Page(StaffAction.MANAGE_STAFF, add),
}
FORMS: Final = (ADD, INVITE, *ROLE_FORMS)
