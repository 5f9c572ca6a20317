"""The web's wiring: webhooks in, picks in, pages out."""

from dependency_injector import containers, providers

from subscriptions.application.broadcasts.hand_over_broadcast import HandOverBroadcast
from subscriptions.application.catalog.site import Identity, Site
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.application.picks.get_pick import GetPick
from subscriptions.application.picks.picks import AcceptPick
from subscriptions.application.record.read_record import ReadRecord
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.infrastructure.database.api_keys import ApiKeys
from subscriptions.infrastructure.database.figure_queries import Figure
from subscriptions.infrastructure.database.figures import FIGURES, Figures
from subscriptions.infrastructure.tally import WEBHOOKS_REFUSED, count

__all__ = ["FIGURES", "WEBHOOKS_REFUSED", "Figure", "WebContainer", "count"]


def _identity(settings: WebSettings) -> Identity:
    return settings.identity


class WebContainer(containers.DeclarativeContainer):
    """Everything the web process calls."""

    core = providers.Container(CoreContainer)

    receive_webhook = providers.Singleton(
        ReceiveWebhook, core.units, core.deliveries, core.gateways, core.clock, core.watch_clock.provided.in_doubt
    )
    read_record = providers.Singleton(ReadRecord, core.units, core.clock, core.policy.provided.zones.home)
    get_pick = providers.Singleton(GetPick, core.units)
    accept_pick = providers.Singleton(
        AcceptPick, core.units, core.clock, core.policy.provided.zones.home, core.tip_messages
    )
    hand_over_broadcast = providers.Singleton(HandOverBroadcast, core.units, core.clock)
    identity = providers.Singleton(_identity, core.settings)
    site = providers.Singleton(Site, core.units, core.browse_plans, core.gateways)
    figures = providers.Singleton(Figures, core.engine, core.clock)
    api_keys = providers.Singleton(ApiKeys, core.engine)
