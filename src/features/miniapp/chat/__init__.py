"""The Mini App in the chat: the command, the section of the status card, the menu button, and the answers to button
presses on the page.
"""

from typing import Final

from aiogram import Dispatcher, Router

from bot.callbacks import PressFilter
from bot.commands import command_filter
from bot.feature import ChatPart
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.status_section import ReadSections
from features.miniapp.callbacks import APP
from features.miniapp.chat.address import menu_page, page_address
from features.miniapp.chat.opening import AppOpening, AppSections
from features.miniapp.chat.presses import AppPresses
from features.miniapp.feature import FEATURE
from features.miniapp.wiring import MiniAppContainer
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.job_handlers import JobHandlers

_COMMAND: Final = "pagina"


def _address(container: BotContainer) -> str | None:
    """Return the page's URL; None if the feature is off or draining, or if the Mini App is unavailable."""
    is_on = container.core.features().state(FEATURE.name) is FeatureState.ON
    return page_address(container.settings()) if is_on else None


def _router(container: BotContainer) -> Router:
    router, address = Router(name=FEATURE.name), _address(container)
    if address is not None:
        opening = AppOpening(address, MiniAppContainer(core=container.core).enter_app(), container.core.policy())
        router.message.register(opening.offer, command_filter(_COMMAND))
        router.callback_query.register(opening.offer, PressFilter(APP), flags=KEEPS_MESSAGE)
    return router


def _sections(container: BotContainer) -> ReadSections | None:
    address = _address(container)
    return AppSections(address) if address is not None else None


def _presses(container: BotContainer, dispatcher: Dispatcher) -> JobHandlers:
    answer_presses = MiniAppContainer(core=container.core).answer_presses()
    core = container.core
    return AppPresses(container.bots().subscription, dispatcher, answer_presses, core.clock(), core.policy()).jobs()


CHAT: Final = ChatPart(
    router=_router,
    sections=_sections,
    commands=frozenset({_COMMAND}),
    dispatching=_presses,
    menu_page=menu_page,
)
