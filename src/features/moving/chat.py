"""Bot pages about chat members without a plan: the post with a button for members who paid in another system, the
answer to their claim, and the staff page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.feature import ChatPart, PanelPart, StartLink
from bot.panel.pages.staff.file_form import file_form, file_page
from bot.panel.visit import Page, Visit
from bot.screens import Screen, codes
from bot.texts import Texts, texts_for
from features.moving import jobs, screens
from features.moving.commands import ImportLines
from features.moving.use_cases.members import LINK, Claim, ClaimMembership, chat_of, link_of
from features.moving.wiring import MovingContainer
from subscriptions.application.menu import MenuSection
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class ClaimLink:
    """Handler of the deep link by which a chat member claims to have paid elsewhere."""

    claim_membership: ClaimMembership
    code_tries: CodeTries

    async def __call__(self, customer: Customer, t: Texts, argument: str) -> Screen:
        """Record the claim, and answer with the next step."""
        if not await self.code_tries.are_left(customer.telegram_id):
            return codes.refusal(t, codes.LIMITED)
        claim, title = await self.claim_membership(customer.telegram_id, argument)
        if claim is Claim.UNKNOWN:
            await self.code_tries.miss(customer.telegram_id)
        return screens.claimed(t, claim, title)


def _handlers(container: BotContainer) -> JobHandlers:
    async def post(job: jobs.InviteMembers) -> None:
        async with container.core.units()() as uow:
            chat = await uow.channels.get(job.channel_id)
            resource = await uow.resources.get(chat.resource_id) if chat is not None and chat.resource_id else None
            bot = await uow.variables.get(BOT_USERNAME)
            is_open = resource is not None and await chat_of(uow, resource.id) is not None
        link = link_of(bot, resource) if resource is not None and is_open else None
        if chat is None or chat.channel_id is None or link is None:
            return
        shown = screens.post(texts_for(LANGUAGES.home), link)
        await container.bots().subscription.send_message(chat.channel_id, shown.text, reply_markup=shown.markup)

    return dict([handler_of(jobs.InviteMembers, post)])


def _claim_link(container: BotContainer) -> ClaimLink:
    core = container.core
    return ClaimLink(ClaimMembership(core.units(), core.clock(), container.chat_membership()), container.code_tries())


async def _members(visit: Visit, note: str | None = None) -> Screen:
    """Show the chat members without a plan, grouped by chat. note: result of the previous command."""
    chats = await MovingContainer(core=visit.use.core).see_members().chats(visit.who)
    return screens.members(visit.t, chats, visit.role, note)


_IMPORT: Final = file_form(ImportLines, "moving", _members)
_PAGES: Final[Mapping[str, Page]] = {
    "moving": Page(StaffAction.GRANT_PLAN, _members),
    "moving.file": file_page(_IMPORT),
}
CHAT: Final = ChatPart(
    handlers=_handlers,
    start_links=(StartLink(prefix=LINK, source="member", arrive=_claim_link),),
    panel=PanelPart(pages=_PAGES, forms=(_IMPORT,), entries={MenuSection.CHATS: (("moving", StaffAction.GRANT_PLAN),)}),
)
