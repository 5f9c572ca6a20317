"""The wiring of the VIP business: plans, tokens, the ritual of entry, the shared channel. Part of the bot's process."""

from typing import Any

from dependency_injector import containers, providers

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.dto import jobs, promotion_jobs, vip_jobs
from subscriptions.application.moving.import_people import ImportPeople
from subscriptions.application.moving.import_subscriptions import ImportSubscriptions
from subscriptions.application.people.operators import KeepWhitelist
from subscriptions.application.promotions.show_gift import ShowGift
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.admit_waiting import AdmitWaiting
from subscriptions.application.vip.follow_vip_setting import FollowVipSetting
from subscriptions.application.vip.invites import VipInvites
from subscriptions.application.vip.reconcile_entry import ReconcileEntry
from subscriptions.application.vip.seal_codes import SealCodes
from subscriptions.application.vip.show_vip import ShowVip
from subscriptions.application.vip.tokens import SeeTokens
from subscriptions.application.vip.vip_entry_service import VIPEntryService
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import JobHandler, handler_of
from subscriptions.bootstrap.loaded import Lazy, get_loaded_services
from subscriptions.bootstrap.marks import code_seal
from subscriptions.domain.ids import ChannelId, CustomerId, TokenId
from subscriptions.domain.ports.channel_door import ChannelDoor
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker


class VipContainer(containers.DeclarativeContainer):
    """bots: the operator's bots. door: the bot at the doors of channels. get_loaded_services: what was made."""

    __self__ = providers.Self()
    core = providers.Container(CoreContainer)
    bots: providers.Dependency[Any] = providers.Dependency()
    door: providers.Dependency[ChannelDoor] = providers.Dependency()

    grant_access = Lazy(GrantAccess, core.policy)
    give_time = Lazy(GiveTime, grant_access)
    grant_shared = Lazy(GrantShared, core.policy)
    invite_maker = Lazy(BotInviteMaker, bots)
    invites = Lazy(VipInvites, core.units, core.clock, core.policy, invite_maker, door, core.join_desk)

    vip_entry = Lazy(VIPEntryService, core.units, core.clock, core.policy, grant_shared, invites)
    show_vip = Lazy(ShowVip, core.units, core.clock)
    reconcile_entry = Lazy(ReconcileEntry, core.units, core.clock, invites)
    follow_vip_setting = Lazy(FollowVipSetting, core.units, invite_maker, core.clock)
    note_chat = Lazy(NoteChat, core.units, invite_maker, core.clock)
    admit_waiting = Lazy(AdmitWaiting, core.units, core.clock, core.policy, grant_shared)
    seal = Lazy(code_seal, core.settings)
    seal_codes = Lazy(SealCodes, core.units, seal, core.clock)
    activate_token = Lazy(
        ActivateToken,
        core.units,
        give_time,
        core.clock,
        seal,
        core.policy.provided.terms,
        core.policy.provided.zones.home,
    )
    show_gift = Lazy(ShowGift, core.units, core.clock, seal)
    import_people = Lazy(ImportPeople, core.units, core.clock, give_time, seal)
    import_subscriptions = Lazy(
        ImportSubscriptions, core.units, core.gateways, core.clock, give_time, core.follow_provider, import_people
    )
    keep_whitelist = Lazy(KeepWhitelist, core.units)
    see_tokens = Lazy(SeeTokens, core.units, core.staff_desk, seal)

    get_loaded_services = providers.Callable(get_loaded_services, __self__)


def job_handlers(container: VipContainer) -> list[tuple[str, JobHandler]]:
    """The jobs any replica of the bot works on."""
    tend, admit = container.reconcile_entry(), container.admit_waiting()
    return [
        handler_of(
            jobs.TendVipEntry,
            lambda job: tend(
                CustomerId(job.customer_id),
                upkeep=job.upkeep,
                channel_id=ChannelId(job.channel_id) if job.channel_id is not None else None,
                also=[ChannelId(each) for each in job.also],
            ),
        ),
        handler_of(vip_jobs.AdmitWaiting, lambda job: admit(CustomerId(job.after) if job.after is not None else None)),
        handler_of(vip_jobs.AdmitToVip, lambda job: admit.one(CustomerId(job.customer_id))),
        handler_of(
            promotion_jobs.AdoptInvited, lambda job: container.import_subscriptions().came(TokenId(job.token_id))
        ),
    ]
