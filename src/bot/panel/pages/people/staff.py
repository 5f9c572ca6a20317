"""Who is staff: only owners see it, and give roles."""

from collections.abc import Mapping
from typing import Final

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.pages.staff.commands import pressed, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.people import staff as screens
from subscriptions.application.dto.typed_answers import Wrong, identity
from subscriptions.application.staff.set_role import NO_ROLE, SetRole
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.services.staff_policy import GIVEN, StaffAction


async def team(visit: Visit) -> Screen:
    """Everybody with a role."""
    return screens.team(visit.t, await visit.use.staff()(visit.who))


async def card(visit: Visit) -> Screen:
    """One of them."""
    return screens.member(visit.t, await _person(visit))


async def give(visit: Visit) -> Screen:
    """Give a role."""
    role = next((each for each in GIVEN if each == visit.part(1)), None)
    if role is None:
        raise Stale("no such role")
    return await _set(visit, role)


async def take(visit: Visit) -> Screen:
    """Take it away."""
    return await _set(visit, None)


async def _set(visit: Visit, role: StaffRole | None) -> Screen:
    answers = {"role": role or NO_ROLE}
    note = await run(visit, SetRole, str(visit.id()), answers, pressed(visit, visit.id()))
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

PAGES: Final[Mapping[str, Page]] = {
    "team": Page(StaffAction.MANAGE_STAFF, team),
    "team.card": Page(StaffAction.MANAGE_STAFF, card),
    "team.give": Page(StaffAction.MANAGE_STAFF, give),
    "team.take": Page(StaffAction.MANAGE_STAFF, take),
    "team.add": Page(StaffAction.MANAGE_STAFF, add),
}
FORMS: Final = (ADD,)
