"""Questions in the chat: messages of customers that are not commands, and staff's replies in private chats and in the
support group.
"""

from collections.abc import Mapping
from typing import Final, cast

from aiogram import Router

from bot.feature import ChatPart
from features.support import jobs, screens
from features.support.chat.desk import SupportDesk
from features.support.chat.questions import TakeQuestion
from features.support.chat.replies import ReplyDesk, group_router, private_router
from features.support.feature import FEATURE
from features.support.messages import SupportAnswer
from features.support.settings import SupportGroupSettings
from features.support.use_cases.send_file import SendFile
from features.support.wiring import saved_replies, support_of
from subscriptions.application.features import FeatureState
from subscriptions.application.people.customers import FindCustomer
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of


def _group(container: BotContainer) -> int | None:
    return cast(SupportGroupSettings, container.settings()).support_chat


def _desk(container: BotContainer) -> SupportDesk:
    return SupportDesk(
        container.bots().subscription,
        container.core.clock(),
        FindCustomer(container.core.units()),
        container.owners(),
        _group(container),
        container.keep_alarm(),
        saved_replies(container.core),
    )


def _reply_desk(container: BotContainer) -> ReplyDesk:
    return ReplyDesk(_desk(container), support_of(container.core).keep_questions())


def _customer_messages(container: BotContainer) -> TakeQuestion:
    is_on = container.core.features().state(FEATURE.name) is FeatureState.ON
    return TakeQuestion(_desk(container), support_of(container.core).keep_questions(), is_on)


def _replies(container: BotContainer) -> Router:
    return private_router(_reply_desk(container))


def _groups(container: BotContainer) -> Mapping[int, Router]:
    group = _group(container)
    return {group: group_router(_reply_desk(container))} if group is not None else {}


def _handlers(container: BotContainer) -> JobHandlers:
    async def send(job: jobs.SendFile) -> None:
        # Wired when the job runs, because the list of jobs is read without a core.
        await SendFile(container.core.units(), container.people_sender())(job.upload_id, job.customer_id)

    return dict([handler_of(jobs.SendFile, send)])


CHAT: Final = ChatPart(
    handlers=_handlers,
    replies=_replies,
    customer_messages=_customer_messages,
    groups=_groups,
    messages={SupportAnswer: screens.answer},
)
