"""Interface for posts from the operator's own code."""

from typing import Final

from features.picks.wiring import PicksContainer
from subscriptions.bootstrap.pick_router import PickRouterPart

PICK_ROUTER: Final = PickRouterPart(lambda core: PicksContainer(core=core).accept_pick())
