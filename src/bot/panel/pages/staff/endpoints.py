"""Endpoints of the operator's own programs: added and mended, tested, and what they were sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Final
from uuid import UUID

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form
from bot.panel.pages.staff.commands import SUBJECT, form_of, outcome_of, press, press_operation, run
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
RECENT_DELIVERIES: Final = 4
"""So many of the last deliveries are on an endpoint's card."""


async def _rows(visit: Visit, name: str = ENDPOINTS, search: str = "", most: int = PAGE_SIZE) -> list[Row]:
    model = LISTS[name]
    view = View(model=model, sort=model.sort, is_descending=model.is_descending, filters={"q": search}, zone=UTC)
    return list((await visit.use.lists()(visit.who, view, most)).rows)


async def endpoints(visit: Visit) -> Screen:
    """By name."""
    return await _list(visit, "")


async def endpoint(visit: Visit) -> Screen:
    """One of them, with what it was sent last."""
    return await _endpoint_card(visit, str(visit.id()), "")


async def _list(visit: Visit, note: str) -> Screen:
    return screens.endpoints(visit.t, await _rows(visit), note)


async def _endpoint_card(visit: Visit, endpoint_id: str, note: str) -> Screen:
    row = next((each for each in await _rows(visit) if each["id"] == endpoint_id), None)
    if row is None:
        raise Stale("no such endpoint")
    deliveries = await _rows(visit, "deliveries", row["endpoint"], RECENT_DELIVERIES)
    return screens.endpoint(visit.t, row, deliveries, note)


def _press_page(command: type[StaffCommand]) -> Page:
    """A button of the card, which is shown again."""

    async def show(visit: Visit) -> Screen:
        subject = str(visit.id())
        return await _endpoint_card(
            visit, subject, await run(visit, command, subject, {}, press_operation(visit, subject))
        )

    return Page(command.permission, show)


async def _repeat(visit: Visit) -> Screen:
    subject = await visit.use.run_command().subject(visit.who, RepeatDelivery.name, str(visit.id()))
    if subject is None:
        raise Stale("no such delivery")
    note = await run(visit, RepeatDelivery, subject.id, {}, press_operation(visit, subject.id))
    row = next((each for each in await _rows(visit) if each["endpoint"] == subject.facts["endpoint"]), None)
    return await _endpoint_card(visit, row["id"], note) if row is not None else await _list(visit, note)


def _secret(visit: Visit, outcome: Outcome | None) -> Screen:
    if outcome is None or not isinstance(outcome.result, EndpointSecret):
        raise Stale("no such endpoint")
    return screens.secret(visit.t, outcome.result)


async def _rotate(visit: Visit) -> Screen:
    subject = str(visit.id())
    return _secret(visit, await outcome_of(visit, RotateEndpoint, subject, {}, press_operation(visit, subject)))


async def _add(visit: Visit, dialogue: Dialogue) -> Screen:
    return _secret(visit, await outcome_of(visit, AddEndpoint, "", _answers(AddEndpoint, dialogue), dialogue.id))


def _answers(command: type[StaffCommand], dialogue: Dialogue) -> dict[str, str]:
    return {each.name: dialogue.answers.get(each.name, each.default or "") for each in command.inputs}


def _finish(command: type[StaffCommand]) -> Callable[[Visit, Dialogue], Awaitable[Screen]]:
    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        subject = dialogue.answers[SUBJECT]
        return await _endpoint_card(
            visit, subject, await run(visit, command, subject, _answers(command, dialogue), dialogue.id)
        )

    return carry_out


def _card(dialogue: Dialogue) -> str:
    return data("endpoint", UUID(dialogue.answers[SUBJECT]))


NEW: Final[Form] = replace(form_of(AddEndpoint), carry_out=_add, leave=lambda _: data(ENDPOINTS))
CHANGE: Final[Form] = replace(form_of(ChangeEndpoint), carry_out=_finish(ChangeEndpoint), leave=_card)
REPLAY: Final[Form] = replace(form_of(ReplayEndpoint), carry_out=_finish(ReplayEndpoint), leave=_card)


def _start_page(form: Form) -> Page:
    async def show(visit: Visit) -> Screen:
        return await begin(visit, form, **{SUBJECT: "" if form is NEW else str(visit.id())})

    return Page(form.action, show)


PAGES: Final[Mapping[str, Page]] = {
    ENDPOINTS: Page(AddEndpoint.permission, endpoints),
    "endpoint": Page(AddEndpoint.permission, endpoint),
    "endpoint.new": _start_page(NEW),
    "endpoint.edit": _start_page(CHANGE),
    "endpoint.replay": _start_page(REPLAY),
    "endpoint.secret": Page(RotateEndpoint.permission, _rotate),
    "endpoint.test": _press_page(TryEndpoint),
    "endpoint.on": _press_page(ResumeEndpoint),
    "endpoint.remove": press(RemoveEndpoint, _list),
    "endpoint.again": Page(RepeatDelivery.permission, _repeat),
}
FORMS: Final = (NEW, CHANGE, REPLAY)
