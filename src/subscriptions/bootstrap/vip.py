"""The wiring of the VIP business: plans, tokens, the ritual of entry, the shared channel. Part of the bot's process."""

from typing import Any

from dependency_injector import containers, providers

from subscriptions.application.dto import jobs
from subscriptions.application.handlers.activate_token import ActivateToken
from subscriptions.application.handlers.introduce_bots import KeepWhitelist
from subscriptions.application.handlers.show_vip import ShowVip
from subscriptions.application.handlers.tend_vip_entry import TendVipEntry
from subscriptions.application.handlers.tokens import MakeTokens, RevokeToken, SeeTokens
from subscriptions.application.services.giving import Giving
from subscriptions.application.services.granting import Granting
from subscriptions.application.services.vip_channel import VipChannelSetUp
from subscriptions.application.services.vip_entry_service import VIPEntryService
from subscriptions.application.services.vip_granting import VipGranting
from subscriptions.application.services.vip_invites import VipInvites
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import JobHandler, handler_of
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.channel_door import ChannelDoor
from subscriptions.infrastructure.telegram.bot_client import BotInviteMaker


class VipContainer(containers.DeclarativeContainer):
    """bots: the operator's bots. door: the bot at the doors of channels."""

    core = providers.Container(CoreContainer)
    bots: providers.Dependency[Any] = providers.Dependency()
    door: providers.Dependency[ChannelDoor] = providers.Dependency()

    granting = providers.Singleton(Granting, core.policy)
    giving = providers.Singleton(Giving, granting)
    vip_granting = providers.Singleton(VipGranting, core.policy)
    invite_maker = providers.Singleton(BotInviteMaker, bots)
    invites = providers.Singleton(VipInvites, core.units, core.clock, core.policy, invite_maker, door, core.join_desk)

    vip_entry = providers.Singleton(VIPEntryService, core.units, core.clock, core.policy, vip_granting, invites)
    show_vip = providers.Singleton(ShowVip, core.units, core.clock)
    tend_vip_entry = providers.Singleton(TendVipEntry, core.units, core.clock, invites)
    channel_set_up = providers.Singleton(VipChannelSetUp, core.units, invite_maker, core.clock)
    activate_token = providers.Singleton(ActivateToken, core.units, giving, core.clock)
    keep_whitelist = providers.Singleton(KeepWhitelist, core.units)
    make_tokens = providers.Singleton(MakeTokens, core.units, core.staff_desk, core.clock, core.policy)
    see_tokens = providers.Singleton(SeeTokens, core.units, core.staff_desk)
    revoke_token = providers.Singleton(RevokeToken, core.units, core.staff_desk, core.clock)


def job_handlers(container: VipContainer) -> list[tuple[str, JobHandler]]:
    """The jobs any replica of the bot works on."""
    tend = container.tend_vip_entry()
    return [handler_of(jobs.TendVipEntry, lambda job: tend(CustomerId(job.customer_id), upkeep=job.upkeep))]
