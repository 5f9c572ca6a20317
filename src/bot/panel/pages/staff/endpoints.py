"""Endpoints of the operator's own programs: added and mended, tested, and what they were sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Final
from uuid import UUID

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form
from bot.panel.pages.staff.commands import ABOUT, form_of, outcome_of, press, press_operation, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.staff import endpoints as screens
from subscriptions.application.lists.read_lists import View
from subscriptions.application.outbox.endpoints import (
    AddEndpoint,
    ChangeEndpoint,
    EndpointSecret,
    RemoveEndpoint,
    RepeatDelivery,
    ReplayEndpoint,
    ResumeEndpoint,
    RotateEndpoint,
    TryEndpoint,
)
from subscriptions.application.staff.command import Outcome, StaffCommand
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ports.repositories.views import Row

ENDPOINTS: Final = "endpoints"
PAGE_SIZE: Final = 50
SENT: Final = 4
"""So many of the last deliveries are on an endpoint's card."""


async def _rows(visit: Visit, name: str = ENDPOINTS, search: str = "", most: int = PAGE_SIZE) -> list[Row]:
    model = LISTS[name]
    view = View(model=model, sort=model.sort, down=model.down, filters={"q": search}, zone=UTC)
    return list((await visit.use.lists()(visit.who, view, most)).rows)


async def endpoints(visit: Visit) -> Screen:
    """By name."""
    return await _listed(visit, "")


async def endpoint(visit: Visit) -> Screen:
    """One of them, with what it was sent last."""
    return await _shown(visit, str(visit.id()), "")


async def _listed(visit: Visit, note: str) -> Screen:
    return screens.endpoints(visit.t, await _rows(visit), note)


async def _shown(visit: Visit, endpoint_id: str, note: str) -> Screen:
    row = next((each for each in await _rows(visit) if each["id"] == endpoint_id), None)
    if row is None:
        raise Stale("no such endpoint")
    deliveries = await _rows(visit, "deliveries", row["endpoint"], SENT)
    return screens.endpoint(visit.t, row, deliveries, note)


def _pressed(command: type[StaffCommand]) -> Page:
    """A button of the card, which is shown again."""

    async def show(visit: Visit) -> Screen:
        subject = str(visit.id())
        return await _shown(visit, subject, await run(visit, command, subject, {}, press_operation(visit, subject)))

    return Page(command.permission, show)


async def _repeated(visit: Visit) -> Screen:
    subject = await visit.use.run_command().subject(visit.who, RepeatDelivery.name, str(visit.id()))
    if subject is None:
        raise Stale("no such delivery")
    note = await run(visit, RepeatDelivery, subject.id, {}, press_operation(visit, subject.id))
    row = next((each for each in await _rows(visit) if each["endpoint"] == subject.facts["endpoint"]), None)
    return await _shown(visit, row["id"], note) if row is not None else await _listed(visit, note)


def _secret(visit: Visit, outcome: Outcome | None) -> Screen:
    if outcome is None or not isinstance(outcome.result, EndpointSecret):
        raise Stale("no such endpoint")
    return screens.secret(visit.t, outcome.result)


async def _rotated(visit: Visit) -> Screen:
    subject = str(visit.id())
    return _secret(visit, await outcome_of(visit, RotateEndpoint, subject, {}, press_operation(visit, subject)))


async def _added(visit: Visit, dialogue: Dialogue) -> Screen:
    return _secret(visit, await outcome_of(visit, AddEndpoint, "", _answers(AddEndpoint, dialogue), dialogue.id))


def _answers(command: type[StaffCommand], dialogue: Dialogue) -> dict[str, str]:
    return {each.name: dialogue.answers.get(each.name, each.default or "") for each in command.inputs}


def _done(command: type[StaffCommand]) -> Callable[[Visit, Dialogue], Awaitable[Screen]]:
    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        subject = dialogue.answers[ABOUT]
        return await _shown(
            visit, subject, await run(visit, command, subject, _answers(command, dialogue), dialogue.id)
        )

    return carry_out


def _card(dialogue: Dialogue) -> str:
    return data("endpoint", UUID(dialogue.answers[ABOUT]))


NEW: Final[Form] = replace(form_of(AddEndpoint), carry_out=_added, leave=lambda _: data(ENDPOINTS))
CHANGE: Final[Form] = replace(form_of(ChangeEndpoint), carry_out=_done(ChangeEndpoint), leave=_card)
REPLAY: Final[Form] = replace(form_of(ReplayEndpoint), carry_out=_done(ReplayEndpoint), leave=_card)


def _begun(form: Form) -> Page:
    async def show(visit: Visit) -> Screen:
        return await begin(visit, form, **{ABOUT: "" if form is NEW else str(visit.id())})

    return Page(form.action, show)


PAGES: Final[Mapping[str, Page]] = {
    ENDPOINTS: Page(AddEndpoint.permission, endpoints),
    "endpoint": Page(AddEndpoint.permission, endpoint),
    "endpoint.new": _begun(NEW),
    "endpoint.edit": _begun(CHANGE),
    "endpoint.replay": _begun(REPLAY),
    "endpoint.secret": Page(RotateEndpoint.permission, _rotated),
    "endpoint.test": _pressed(TryEndpoint),
    "endpoint.on": _pressed(ResumeEndpoint),
    "endpoint.remove": press(RemoveEndpoint, _listed),
    "endpoint.again": Page(RepeatDelivery.permission, _repeated),
}
FORMS: Final = (NEW, CHANGE, REPLAY)
