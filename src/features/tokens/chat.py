"""Panel pages of activation codes: the list, and the creation of a code with default options, of a code with chosen
options, or of several codes as a file. Each code is shown once.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from aiogram.types import BufferedInputFile, InlineKeyboardButton

from bot.feature import ChatPart, PanelPart
from bot.keyboards import button
from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form
from bot.panel.lists import show_row
from bot.panel.pages.staff.commands import SUBJECT, form_of, outcome_of, outcome_text, press_operation
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.lists import PanelList
from features.tokens import screens
from features.tokens.commands import MadeCodes, MakeCode
from features.tokens.permissions import SEE_TOKENS
from features.tokens.subjects import CODE
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.lists.spreadsheet import plain
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.service_plan import ServicePlan

CODES: Final = PanelList(name="codes", page="tokens", card="token", label=("prefix", "plan", "state"))


async def choose(visit: Visit) -> Screen:
    """Show the choice of a plan, the first step of «Generar Token con Plan»."""
    return screens.choose(visit.t, await visit.use.pricing().get_all_plans())


async def make(visit: Visit) -> Screen:
    """Create an activation code with the default options. Pressing the same button again creates no second code."""
    plan = await visit.use.pricing().get_plan_by_id(visit.id())
    if plan is None:
        raise Stale("no plan on offer")
    try:
        return await _made(visit, {"plan": plan.soft_id}, press_operation(visit, plan.id))
    except Wrong:
        raise Stale("no plan on offer") from None


async def _make(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = {each.name: dialogue.answers.get(each.name, each.default or "") for each in MakeCode.inputs}
    return await _made(visit, answers, dialogue.id)


async def _made(visit: Visit, answers: Mapping[str, str], operation: UUID) -> Screen:
    """Create codes and show the code with its link, or send several codes as a file.

    If the same operation has already created codes, they cannot be shown again.
    """
    outcome = await outcome_of(visit, MakeCode, "", answers, operation)
    if outcome is None:
        raise Stale("other codes were made by this wish")
    plan = next(each for each in await visit.use.pricing().get_all_plans() if each.soft_id == answers["plan"])
    made = outcome.result if isinstance(outcome.result, MadeCodes) else None
    if made is None or not made.codes:
        return await show_row(visit, CODES, "", outcome_text(visit.t, MakeCode, outcome))
    code = made.codes[0]
    if len(made.codes) == 1:
        note, extra_buttons = screens.code_made(visit.t, code, plan)
        return await show_row(visit, CODES, str(code.id), note, *extra_buttons)
    file = as_csv(made, plan, answers.get("campaign", "")).encode("utf-8-sig")
    caption = visit.t("tokens.file", n=len(made.codes), plan=plan.label)
    await visit.bot.send_document(
        visit.who, BufferedInputFile(file, f"{plan.soft_id}-{len(made.codes)}.csv"), caption=caption
    )
    return await show_row(visit, CODES, "", visit.t("tokens.batch_done", n=len(made.codes), plan=plan.label))


def as_csv(made: MadeCodes, plan: ServicePlan, campaign: str) -> str:
    """Return the codes as CSV, one line per code: code, link, plan, price, days, expiry and campaign."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["token", "link", "plan", "price", "days", "expires", "campaign"])
    end = made.expires_at.isoformat(timespec="minutes")
    for each in made.codes:
        gives = plain(plan.name), str(plan.price), plan.duration_days
        writer.writerow([each.code, each.link or "", *gives, end, plain(campaign)])
    return lines.getvalue()


NEW: Final[Form] = replace(form_of(MakeCode), carry_out=_make, leave=lambda _: data(CODES.page))


async def new(visit: Visit) -> Screen:
    """Ask for the options of new codes: a note, a campaign, a validity period, and the number of codes, up to 500."""
    return await begin(visit, NEW, **{SUBJECT: ""})


def _home_buttons(visit: Visit) -> Sequence[InlineKeyboardButton]:
    if not (visit.use.policy().begins_steps(is_vip=True) and visit.may(MakeCode.permission)):
        return ()
    return [button(visit.t.plain("tokens.generate"), data("gen"))]


def _plan_buttons(visit: Visit, plan: ServicePlan) -> Sequence[InlineKeyboardButton]:
    if not (plan.active and visit.may(MakeCode.permission)):
        return ()
    return [button(visit.t.plain("tokens.generate"), data("gen.make", plan.id))]


CHAT: Final = ChatPart(
    panel=PanelPart(
        pages={
            "gen": Page(MakeCode.permission, choose),
            "gen.make": Page(MakeCode.permission, make),
            "token.new": Page(MakeCode.permission, new),
        },
        forms=(NEW,),
        lists={CODE: CODES},
        entries={MenuSection.OFFER: ((CODES.page, SEE_TOKENS),)},
        home_buttons=_home_buttons,
        plan_buttons=_plan_buttons,
    )
)
