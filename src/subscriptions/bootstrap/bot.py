"""Wiring of the bot: the chat with customers, notifications, and posts in channels."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID, uuid4

from dependency_injector import containers, providers

from subscriptions.application.access.ask_content import AskContent
from subscriptions.application.access.empty_old_chat import EmptyOldChat
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.look_inside import LookInside, LookInsideFor
from subscriptions.application.access.plan_topics import PlanTopics
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.alarms.alarms import KeepAlarm, ReportProblem
from subscriptions.application.channels.check_chat import CheckChat
from subscriptions.application.channels.replace_channel import ReplaceChannel
from subscriptions.application.channels.watch_bot_rights import WatchBotRights
from subscriptions.application.checkout.approve_chat_payment import ApproveChatPayment
from subscriptions.application.checkout.check_order import CheckOrder, VerifyPayments
from subscriptions.application.checkout.choose_method import ChooseMethod
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.application.checkout.pay_messages import FindLapsed, FindPayMessages, RememberPayMessage
from subscriptions.application.checkout.show_deals import ShowDeals
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.application.checkout.start_checkout import StartCheckout
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.inbox.bot_updates import ReceiveUpdates, WorkUpdates
from subscriptions.application.inbox.receive_chat_payment import ReceiveChatPayment
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.application.inbox.watch_polling import WatchPolling
from subscriptions.application.messages.announce import Announce
from subscriptions.application.messages.announcement import ANNOUNCEMENTS
from subscriptions.application.messages.delivery import Delivery
from subscriptions.application.messages.keep_card import KeepCard
from subscriptions.application.messages.owner_alert import OwnerAlert
from subscriptions.application.messages.show_withdrawal import ShowWithdrawal
from subscriptions.application.people.customers import (
    AcceptTerms,
    ChooseCountry,
    ChooseLanguage,
    ChooseZone,
    LeaveInPeace,
)
from subscriptions.application.people.export_person import ExportPerson
from subscriptions.application.people.operators import AppointOwners, IntroduceBots
from subscriptions.application.posts.deliver_post import DeliverMissed, DeliverPost, FanOutPost
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.application.resources.keep_group import KeepGroup
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.resources.record_group_upgrade import RecordGroupUpgrade
from subscriptions.application.resources.watch_files import WatchFiles
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.give_days import GiveDays
from subscriptions.application.subscriptions.learn_charges import LearnCharges
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.show_pages import ShowPages
from subscriptions.application.subscriptions.subscription_handler import (
    CancelSubscription,
    NoteCancelReason,
    UndoCancellation,
)
from subscriptions.application.team.open_invitation import OpenInvitation
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.application.withdrawals.declare_before_payment import DeclareBeforePayment
from subscriptions.bootstrap.core import CoreContainer, settings_of, wire
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of, handlers_of_features
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.bootstrap.post_copies import post_copies
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.vip import VipContainer
from subscriptions.bootstrap.vip import job_handlers as vip_job_handlers
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import (
    AccessId,
    TelegramId,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability
from subscriptions.domain.services.method_policy import able
from subscriptions.infrastructure.database.leases import Leases
from subscriptions.infrastructure.fair_semaphore import FairSemaphore
from subscriptions.infrastructure.jobs.redaction import describe, error_path
from subscriptions.infrastructure.repositories.inbox_repository import SqlUpdateWork
from subscriptions.infrastructure.telegram.bot_chat_membership import BotChatMembership
from subscriptions.infrastructure.telegram.bot_client import Bots, bot_api_errors
from subscriptions.infrastructure.telegram.forum import BotForum
from subscriptions.infrastructure.telegram.notifier import Render, TelegramNotifier
from subscriptions.infrastructure.telegram.older_servers import complete
from subscriptions.infrastructure.telegram.people_sender import PacedSender
from subscriptions.infrastructure.telegram.post_sender import SenderBots
from subscriptions.infrastructure.telegram.quiet import Quiet

__all__ = [
    "BotContainer",
    "Bots",
    "FairSemaphore",
    "Leases",
    "bot_api_errors",
    "complete",
    "describe",
    "error_path",
    "job_handlers",
    "providers_with_pages",
    "providers_with_pauses",
]


def _bots(settings: BotSettings, record_group_upgrade: RecordGroupUpgrade) -> Bots:
    senders = [token.get_secret_value() for token in settings.sender_tokens]
    return Bots(settings.token.get_secret_value(), senders, settings.api_base, record_group_upgrade)


def providers_with_pages(core: CoreContainer) -> frozenset[str]:
    """Return the providers with a customer portal, in which the customer can resolve a failed charge."""
    return able(core.gateways(), Capability.PORTAL)


def providers_with_pauses(core: CoreContainer) -> frozenset[str]:
    """Return the providers whose subscriptions can skip a month."""
    return able(core.gateways(), Capability.PAUSE)


def _owners(settings: BotSettings) -> frozenset[TelegramId]:
    return frozenset(TelegramId(owner) for owner in settings.admin_ids)


def _quiet(policy: Policy, clock: Clock) -> Quiet:
    return lambda: policy.is_quiet(clock.now())


class BotContainer(containers.DeclarativeContainer):
    """Dependency injection container with the use cases of the bot process. `render`: function that renders a message
    with the bot's texts.
    """

    core = nested(CoreContainer)
    make = wire(core, BotSettings)
    settings = settings_of(core, BotSettings)
    render: providers.Dependency[Render] = providers.Dependency()

    owners = make(_owners)
    record_group_upgrade = make(RecordGroupUpgrade)
    bots = make(_bots)
    quiet = providers.Singleton(_quiet, core.policy, core.clock)
    notifier = make(TelegramNotifier, render=render, quiet=quiet)
    chat_membership = make(BotChatMembership)
    senders = make(SenderBots, quiet=quiet)
    copies = make(post_copies, core=core)
    vip = nested(VipContainer, core=core, bots=bots, chat_membership=chat_membership)
    people_sender = make(PacedSender, quiet=quiet)
    panel = nested(PanelContainer, core=core, vip=vip, people_sender=people_sender)

    receive_updates = make(ReceiveUpdates)
    watch_polling = make(WatchPolling)
    work_updates = make(WorkUpdates, updates=make(SqlUpdateWork))
    introduce_bots = make(IntroduceBots)
    watch_files = make(WatchFiles)
    appoint_owners = make(AppointOwners)
    mark_unreachable = make(MarkUnreachable)
    report_problem = make(ReportProblem)
    keep_alarm = make(KeepAlarm)
    watch_rights = make(WatchBotRights, chat_membership=chat_membership)

    leave_in_peace = make(LeaveInPeace)
    choose_language = make(ChooseLanguage)
    choose_zone = make(ChooseZone)
    choose_country = make(ChooseCountry)
    marks_of_trials = make(trial_marks)
    accept_terms = make(AcceptTerms)
    show_deals = make(ShowDeals)
    choose_method = make(ChooseMethod)
    start_checkout = make(StartCheckout)
    give_free_plan = make(GiveFreePlan, give_time=vip.give_time)
    show_offers = make(ShowOffers)
    approve_chat_payment = make(ApproveChatPayment)
    receive_webhook = make(ReceiveWebhook, in_doubt=core.watch_clock.provided.in_doubt)
    receive_chat_payment = make(ReceiveChatPayment)
    grant_access = make(GrantAccess)
    erase_person = make(ErasePerson)
    open_invitation = make(OpenInvitation)
    code_tries = make(CodeTries)
    export_person = make(ExportPerson)
    declare_before_payment = make(DeclareBeforePayment)
    show_withdrawal = make(ShowWithdrawal)
    show_status = make(ShowStatus)
    learn_charges = make(LearnCharges)
    ask_content = make(AskContent)
    renew_invite = make(RenewInvite)
    cancel_subscription = make(CancelSubscription)
    change_plan = make(ChangePlan)
    show_pages = make(ShowPages, return_url=core.policy.provided.base_url)
    pause_subscription = make(PauseSubscription)
    give_days = make(GiveDays, give_time=vip.give_time)
    undo_cancellation = make(UndoCancellation)
    check_order = make(CheckOrder)
    verify_payments = make(VerifyPayments)
    explain_access = make(ExplainAccess)
    remember_pay_message = make(RememberPayMessage)
    find_pay_messages = make(FindPayMessages)
    find_lapsed = make(FindLapsed)
    keep_card = make(KeepCard)
    note_cancel_reason = make(NoteCancelReason)
    announce = make(Announce, notifier=notifier)
    delivery = make(Delivery, notifier=notifier)
    owner_alert = make(OwnerAlert, notifier=notifier)
    plan_topics = make(PlanTopics, forum=make(BotForum))
    fan_out_post = make(FanOutPost)
    deliver_post = make(DeliverPost, sender=senders)
    deliver_missed = make(DeliverMissed)
    publish_post = make(PublishPost)
    keep_group = make(KeepGroup)
    note_chat: providers.Provider[NoteChat] = vip.note_chat
    check_chat = make(CheckChat, note_chat=note_chat, watch_bot_rights=watch_rights)
    replace_channel = make(ReplaceChannel, maker=vip.invite_maker)
    remove_person = make(RemovePerson, chat_membership=chat_membership)
    look_inside = make(LookInside, chat_membership=chat_membership)
    empty_old_chat = make(EmptyOldChat)
    look_inside_for = make(LookInsideFor)


CALL_LIMIT: Final = timedelta(seconds=20)
"""Upper limit for the duration of one call to Telegram."""


class HandleUpdates(Protocol):
    """Protocol of the function that handles a chat's pending updates. The bot process provides the function because it
    keeps the conversation state.
    """

    async def __call__(self, bot_id: int, chat_key: int, *, is_known: bool) -> None: ...


AfterPayment = Callable[[UUID], Awaitable[None]]
"""Callback that runs after a payment notification was sent. If the callback fails, the notification still counts as
sent.
"""

RetirePages = Callable[[UUID], Awaitable[None]]
"""Callback that runs after an order's checkouts expired. Its failure is ignored."""


@asynccontextmanager
async def single_speaker(leases: Leases, message: str) -> AsyncIterator[None]:
    """Hold a lease so that only one of several concurrent jobs sends this message; the others raise RetryLater."""
    async with leases.hold(f"bot:say:{message}", uuid4().hex, CALL_LIMIT) as lease:
        if lease is None:
            raise RetryLater("this is being said at this moment", delay=timedelta(seconds=1))
        yield


def job_handlers(
    container: BotContainer,
    handle_updates: HandleUpdates,
    after_payment: AfterPayment,
    retire_pages: RetirePages,
) -> JobHandlers:
    """Return the handlers of jobs that any replica can run."""
    announce, owners, leases = container.announce(), container.owners(), container.core.leases()

    async def tell(job: jobs.Announce) -> None:
        async with single_speaker(leases, f"{job.kind}:{job.key}"):
            await announce(job.kind, job.customer_id, job.subject, job.key)
        if ANNOUNCEMENTS[job.kind].announces_payment:
            await after_payment(job.subject)

    async def alarm(job: jobs.RaiseAlarm) -> None:
        async with single_speaker(leases, f"alarm:{job.key}"):
            await announce.alarm(job.key, job.kind, job.facts, owners, job.at)

    async def look(job: jobs.LookInside) -> None:
        if job.customer_id is not None:
            await look_inside.of_customer(job.channel_id, job.customer_id)
            return
        if job.after is None:
            await note_chat.refresh(job.channel_id)
        await look_inside(job.channel_id, AccessId(job.after) if job.after is not None else None)

    note_chat = container.note_chat()
    look_inside, plan_topics = container.look_inside(), container.plan_topics()
    check_chat = container.check_chat()
    empty = container.empty_old_chat()
    deliver_missed, replace = container.deliver_missed(), container.replace_channel()
    fan_out, deliver, remove = container.fan_out_post(), container.deliver_post(), container.remove_person()
    return dict(
        [
            *vip_job_handlers(container.vip),
            *handlers_of_features(container.core, "bot").items(),
            handler_of(jobs.Announce, tell),
            handler_of(jobs.RaiseAlarm, alarm),
            handler_of(jobs.RetirePages, lambda job: retire_pages(job.order_id)),
            handler_of(
                jobs.HandleNewcomerUpdates, lambda job: handle_updates(job.bot_id, job.chat_key, is_known=False)
            ),
            handler_of(jobs.HandleUpdates, lambda job: handle_updates(job.bot_id, job.chat_key, is_known=job.known)),
            handler_of(jobs.FanOutPost, lambda job: fan_out(job.post_id, is_new=job.first)),
            handler_of(jobs.DeliverMissed, lambda job: deliver_missed(job.channel_id)),
            handler_of(
                jobs.ReplaceChannel,
                lambda job: (
                    replace.rehome(job.channel_id) if job.rehome else replace(job.channel_id, is_second_look=job.again)
                ),
            ),
            handler_of(
                jobs.DeliverPost,
                lambda job: deliver(job.delivery_id, is_deleted=job.deleted, refusal=job.refusal),
            ),
            handler_of(jobs.LookInside, look),
            handler_of(jobs.CheckChat, lambda job: check_chat(job.channel_id)),
            handler_of(jobs.OpenTopics, lambda job: plan_topics.open_all(job.channel_id)),
            handler_of(
                jobs.EmptyOldChat, lambda job: empty(job.channel_id, AccessId(job.after) if job.after else None)
            ),
            handler_of(jobs.RemovePerson, lambda job: remove(job.access_id)),
            handler_of(
                jobs.RemoveStranger,
                lambda job: remove.from_channel(job.channel_id, job.telegram_id, job.link),
            ),
        ]
    )
