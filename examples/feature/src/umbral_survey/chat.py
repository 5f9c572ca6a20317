"""The survey in the chat: the message with the question, and the same question below the status card, with one button
for each answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart
from bot.keyboards import button
from bot.screens import Screen
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from umbral_survey.domain import Reason
from umbral_survey.messages import SurveyMessage
from umbral_survey.use_cases.answer_survey import AnswerSurvey

_PRESS: Final = "survey:"


@dataclass(frozen=True)
class SurveyDesk:
    """Handlers that send the question and store the answer."""

    answer_survey: AnswerSurvey

    async def read_sections(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the question as a section of the status card; empty if the customer is not to be asked."""
        if not await self.answer_survey.is_asked(customer.id):
            return []
        return [StatusSection(order=900, text=t("survey.question"), buttons=_answers(t))]

    async def answer(self, callback: CallbackQuery, reason: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Store the answer of a pressed button."""
        await self.answer_survey(customer.id, Reason(reason))
        await show(callback, Screen(t("survey.thanks")), bot)


def _answers(t: Texts) -> list[list[InlineKeyboardButton]]:
    return [[button(t.plain(f"survey.reason.{each}"), f"{_PRESS}{each}")] for each in Reason]


def _question(t: Texts, message: SurveyMessage) -> Screen:
    """Render the message with the question."""
    return Screen(t("survey.question"), InlineKeyboardMarkup(inline_keyboard=_answers(t)))


def _desk(container: BotContainer) -> SurveyDesk:
    return SurveyDesk(AnswerSurvey(container.core.units(), container.core.clock()))


def _router(container: BotContainer) -> Router:
    router = Router(name="survey")
    router.callback_query.register(_desk(container).answer, PressFilter(f"{_PRESS}(?P<reason>{'|'.join(Reason)})"))
    return router


CHAT: Final = ChatPart(
    router=_router,
    sections=lambda container: _desk(container).read_sections,
    messages={SurveyMessage: _question},
)
