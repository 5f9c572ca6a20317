"""Wiring of the VIP channel: plans, tokens, entry steps and shared channels. Part of the bot process."""

from dependency_injector import containers, providers

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.dto import jobs, vip_jobs
from subscriptions.application.people.operators import KeepWhitelist
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.admit_waiting import AdmitWaiting
from subscriptions.application.vip.apply_vip_setting import ApplyVipSetting
from subscriptions.application.vip.invites import VipInvites
from subscriptions.application.vip.reconcile_entry import ReconcileEntry
from subscriptions.application.vip.seal_codes import SealCodes
from subscriptions.application.vip.show_vip import ShowVip
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.job_handlers import JobHandler, handler_of
from subscriptions.bootstrap.keyed import code_seal
from subscriptions.bootstrap.loaded import Lazy, get_loaded_services
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ids import ChannelId, CustomerId
from subscriptions.domain.ports.chat_membership import ChatMembership
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker


class VipContainer(containers.DeclarativeContainer):
    """Dependency injection container with the use cases of the VIP channel.

    bots: the operator's bots
    chat_membership: port for join requests and removals
    get_loaded_services: provider of the names of the services created so far
    """

    __self__ = providers.Self()
    core = nested(CoreContainer)
    make = wire(core, kind=Lazy)
    bots: providers.Dependency[Bots] = providers.Dependency()
    chat_membership: providers.Dependency[ChatMembership] = providers.Dependency()

    grant_access = make(GrantAccess)
    give_time = make(GiveTime)
    grant_shared = make(GrantShared)
    invite_maker = make(BotInviteMaker, bots=bots)
    invites = make(VipInvites, maker=invite_maker, chat_membership=chat_membership)

    show_vip = make(ShowVip)
    reconcile_entry = make(ReconcileEntry)
    apply_vip_setting = make(ApplyVipSetting, maker=invite_maker)
    note_chat = make(NoteChat, maker=invite_maker)
    admit_waiting = make(AdmitWaiting)
    seal = make(code_seal)
    seal_codes = make(SealCodes)
    activate_token = make(ActivateToken, terms=core.policy.provided.terms)
    keep_whitelist = make(KeepWhitelist)

    get_loaded_services = providers.Callable(get_loaded_services, __self__)


def job_handlers(container: VipContainer) -> list[tuple[str, JobHandler]]:
    """Return the handlers of jobs that any replica of the bot can run."""
    tend, admit = container.reconcile_entry(), container.admit_waiting()
    return [
        handler_of(
            jobs.TendVipEntry,
            lambda job: tend(
                job.customer_id,
                upkeep=job.upkeep,
                channel_id=job.channel_id,
                more_channels=[ChannelId(each) for each in job.also],
            ),
        ),
        handler_of(vip_jobs.AdmitWaiting, lambda job: admit(CustomerId(job.after) if job.after is not None else None)),
        handler_of(vip_jobs.AdmitToVip, lambda job: admit.one(job.customer_id)),
    ]
