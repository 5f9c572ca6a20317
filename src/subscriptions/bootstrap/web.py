"""Wiring of the web process: webhooks, the API and pages."""

from dependency_injector import containers

from subscriptions.application.catalog.site import Identity, Site
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.application.settings.keep_banner import ReadBanner
from subscriptions.bootstrap.core import CoreContainer, settings_of, wire
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.wiring import nested
from subscriptions.infrastructure.database.api_keys import ApiKeys
from subscriptions.infrastructure.database.figure_queries import Figure
from subscriptions.infrastructure.database.figures import FIGURES, Figures
from subscriptions.infrastructure.tally import WEBHOOKS_REFUSED, count

__all__ = ["FIGURES", "WEBHOOKS_REFUSED", "Figure", "WebContainer", "count"]


def _identity(settings: WebSettings) -> Identity:
    return settings.identity


class WebContainer(containers.DeclarativeContainer):
    """Use cases of the web process."""

    core = nested(CoreContainer)
    make = wire(core, WebSettings)
    settings = settings_of(core, WebSettings)

    receive_webhook = make(ReceiveWebhook, in_doubt=core.watch_clock.provided.in_doubt)
    identity = make(_identity)
    site = make(Site)
    read_banner = make(ReadBanner)
    figures = make(Figures)
    api_keys = make(ApiKeys)
