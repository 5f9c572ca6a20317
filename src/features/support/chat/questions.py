"""Handler of customers' messages that are not commands. The messages are stored as questions and forwarded to staff."""

from dataclasses import dataclass

from aiogram.types import Message

from bot.feature import CustomerMessageAnswer
from bot.texts import Texts
from features.support import screens
from features.support.chat.desk import SupportDesk, text_of
from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class TakeQuestion:
    """Handler of customers' messages that are not commands. is_on: False while the feature is being switched off; then
    only messages of customers with an open question are accepted.
    """

    desk: SupportDesk
    keep_questions: KeepQuestions
    is_on: bool

    async def __call__(self, message: Message, customer: Customer, t: Texts) -> CustomerMessageAnswer | None:
        """Forward a message to staff and store it. The customer's first message is answered with the expected waiting
        time, further messages with a short acknowledgement. Return None if no staff chat received the message.
        Raises RetryLater.
        """
        if not self.is_on and not await self.keep_questions.has_open(customer.id):
            return None
        result = await self.desk.pass_on(message, customer)
        if not result.is_over:
            await self.keep_questions.ask(customer.id, text_of(message), message.chat.id, message.message_id)
        if not result.is_reached:
            return None
        wait = await self.keep_questions.usual_wait() if result.is_first else None
        return CustomerMessageAnswer(
            screen=screens.passed_on(t, is_first=result.is_first, is_limit_reached=result.is_over, wait=wait),
            cancelling=screens.CANCELLING,
            is_nod_enough=not result.is_first and not result.is_over,
        )
