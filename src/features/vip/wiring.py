"""Wiring of the feature's use cases."""

from dependency_injector import containers, providers

from features.vip.use_cases.vip_entry_service import VIPEntryService
from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.vip.invites import VipInvites
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.loaded import Lazy
from subscriptions.bootstrap.wiring import nested


class VipEntryContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the bot process's shared services.

    invites: service that creates the links of shared chats
    """

    core = nested(CoreContainer)
    make = wire(core, kind=Lazy)
    invites: providers.Dependency[VipInvites] = providers.Dependency()

    grant_shared = make(GrantShared)
    vip_entry = make(VIPEntryService, vip_invites=invites)
