"""API operations that submit, edit and withdraw posts."""

from functools import cache
from typing import Final

from fastapi import APIRouter

from features.picks.web.api import PICKS, PREFIX, PicksDesk, picks_router, progress_router
from features.picks.wiring import PicksContainer, odds_bound
from subscriptions.domain.entities.api_key import Ability
from web.feature import ApiTools, WebPart


def _api(tools: ApiTools) -> APIRouter:
    desk = PicksDesk(
        cache(lambda: PicksContainer(core=tools.core).accept_pick()),
        cache(lambda: PicksContainer(core=tools.core).get_pick()),
        lambda: odds_bound(tools.core),
    )
    router = APIRouter()
    for each in (
        picks_router(desk, tools.bodies, tools.concurrency, PREFIX),
        picks_router(desk, tools.bodies, tools.concurrency, PICKS),
        progress_router(desk, tools.concurrency),
    ):
        router.routes.extend(each.routes)
    return router


WEB: Final = WebPart(standalone_api=_api, needs={PREFIX: Ability.PICKS, PICKS: Ability.PICKS})
