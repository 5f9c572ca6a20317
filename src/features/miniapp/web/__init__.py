"""Web part of the Mini App: the page, and private content for verified visitors."""

from typing import Final, cast

from fastapi import APIRouter

from features.miniapp.settings import MiniAppSettings
from features.miniapp.web.router import PATH, MiniApp
from features.miniapp.web.screens import MiniAppScreens
from features.miniapp.web.visitors import Visitors
from features.miniapp.wiring import MiniAppContainer
from subscriptions.application.features import DEFAULT_VERTICAL
from web.concurrency import ConcurrencyLimit
from web.feature import SiteTools, WebPart
from web.render import environment

REQUESTS: Final = 2
"""Maximum number of concurrent Mini App requests. The console's database role has three connections; one of them
remains for staff and API clients.
"""


def _site(tools: SiteTools) -> APIRouter | None:
    settings, core, identity = tools.core.settings(), tools.core, tools.identity
    secret = cast(MiniAppSettings, settings).mini_app_key
    if secret is None:
        return None
    # The console's database role may read customers' data; the web's own role may not.
    use = MiniAppContainer(core=tools.console)
    loaded = core.features().now.names_loaded - (set() if settings.vertical == DEFAULT_VERTICAL else {"record"})
    screens = MiniAppScreens(identity, core.policy().zones, environment(), loaded)
    visitors = Visitors(bytes.fromhex(secret.get_secret_value()), core.clock(), use.enter_app(), identity.base_url)
    limit = ConcurrencyLimit(REQUESTS)
    page = MiniApp(
        visitors, tools.site, use.show_member(), use.press_in_app(), screens, tools.bodies, limit, core.policy()
    )
    return page.router(identity.base_url)


WEB: Final = WebPart(site=_site, signed_in=(f"{PATH}/",))
