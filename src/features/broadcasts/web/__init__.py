"""Console pages and API operations of broadcasts."""

from typing import Final

from fastapi import APIRouter

from features.broadcasts.web.api import BROADCASTS, BroadcastDesk, broadcasts_router
from features.broadcasts.web.pages import PAGES
from features.broadcasts.wiring import broadcasts_of
from subscriptions.domain.entities.api_key import Ability
from web.feature import ApiTools, WebPart


def _api(tools: ApiTools) -> APIRouter:
    desk = BroadcastDesk(
        lambda: broadcasts_of(tools.core).hand_over_broadcast(), lambda: broadcasts_of(tools.console).see_broadcasts()
    )
    return broadcasts_router(desk, tools.bodies, tools.concurrency)


WEB: Final = WebPart(api=_api, needs={BROADCASTS: Ability.BROADCASTS}, pages=PAGES)
