"""The /start command: deep links, the status card for subscribers, and the welcome for everyone else."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import Message, TelegramObject

from bot.callbacks import STATUS
from bot.chat import show
from bot.feature import NoteOpening, StartLinks
from bot.menu import MenuPage, name_page
from bot.paying import ShowStep
from bot.routers.codes import CodeDesk
from bot.routers.plans import PlanDesk
from bot.routers.status import StatusCard
from bot.screens import Screen, codes
from bot.texts import DEFAULT, Texts
from subscriptions.application.people.customers import OWNER_LINK
from subscriptions.application.team.open_invitation import InvitationResult, OpenInvitation
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.staff_invitation import LINK as TEAM_LINK
from subscriptions.domain.services.counted_links import read_token

_PLAN: Final = re.compile(r"plan_(.*)", re.DOTALL)
_SOURCE: Final = "src_"
"""Prefix of a campaign's link. The source is recorded for new customers, who see the usual welcome."""


def start_router(page: MenuPage | None) -> Router:
    """Return the router of the /start command. page: page of the menu button; None if there is none."""

    async def answered_in_their_language(
        handle: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject, data: dict[str, Any]
    ) -> Any:
        outcome = await handle(event, data)
        if data["t"].language != DEFAULT:
            await name_page(data["bot"], page, data["customer"].telegram_id, data["t"])
        return outcome

    router = Router(name="start")
    router.message.middleware(answered_in_their_language)
    router.message.register(_accept_invitation, CommandStart(magic=F.args.startswith(TEAM_LINK)))
    router.message.register(cmd_start, CommandStart())
    router.message.register(cmd_start, _owners_word)
    return router


def _owners_word(message: Message) -> bool | dict[str, CommandObject]:
    """Return the start command for a typed owner code, which the setup wizard shows, so that the code works like its
    link; False for any other message.
    """
    text = (message.text or "").strip()
    return text.startswith(OWNER_LINK) and {"command": CommandObject(command="start", args=text)}


async def _accept_invitation(
    message: Message,
    command: CommandObject,
    customer: Customer,
    t: Texts,
    bot: Bot,
    open_invitation: OpenInvitation,
    code_tries: CodeTries,
) -> None:
    """Open the link of a staff invitation. An invalid link counts as a miss."""
    if not await code_tries.are_left(customer.telegram_id):
        await show(message, codes.refusal(t, codes.LIMITED), bot)
        return
    state = await open_invitation(customer.telegram_id, (command.args or "").removeprefix(TEAM_LINK))
    if state is InvitationResult.SPENT:
        await code_tries.miss(customer.telegram_id)
    await show(message, Screen(t(f"invitations.{state}")), bot)


async def cmd_start(
    message: Message,
    command: CommandObject,
    customer: Customer,
    t: Texts,
    bot: Bot,
    plan_desk: PlanDesk,
    status_card: StatusCard,
    code_desk: CodeDesk,
    start_links: StartLinks,
    show_step: ShowStep,
    openings: Sequence[NoteOpening],
) -> None:
    post, payload = read_token((command.args or "").strip())
    if post is not None:
        for note_opening in openings:
            await note_opening(customer.telegram_id, post)
    plan = _PLAN.fullmatch(payload)
    if plan is not None:
        step = await plan_desk.card(customer, t, plan[1].strip().lower())
        await show_step(message, step, customer, bot)
        return
    if payload == STATUS:
        await status_card.show(message, customer, t, bot)
        return
    lead = None
    if start_links.knows(payload):
        lead = await start_links.arrive(customer, t, payload)
        if isinstance(lead, Screen):
            await show(message, lead, bot)
            return
    elif payload and not payload.startswith((_SOURCE, OWNER_LINK)):
        await show(message, await code_desk.screen(customer, t, payload), bot)
        return
    card = await status_card.if_live(customer, t)
    screen = card or await plan_desk.welcome(t, customer)
    screen = replace(screen, text=f"{lead}\n\n{screen.text}") if lead else screen
    await (show(message, screen, bot) if card is None else status_card.show_screen(message, screen, customer, bot))
