"""Pages for webhook endpoints and deliveries in the bot's staff panel."""

from typing import Final

from bot.feature import ChatPart, PanelPart
from bot.screens.panel.lists import PanelList
from features.webhooks.commands import EndpointSecret
from features.webhooks.screens import secret_screen
from features.webhooks.subjects import DELIVERY, ENDPOINT
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import StaffAction

_ENDPOINTS: Final = PanelList(
    name="endpoints", page="endpoints", card="endpoint", label=("endpoint", "state"), links=("deliveries",)
)
_DELIVERIES: Final = PanelList(
    name="deliveries", page="deliveries", card="delivery", label=("endpoint", "happening", "state"), parent="endpoints"
)
CHAT: Final = ChatPart(
    panel=PanelPart(
        lists={ENDPOINT: _ENDPOINTS, DELIVERY: _DELIVERIES},
        entries={MenuSection.SETTINGS: ((_ENDPOINTS.page, StaffAction.MANAGE_PROGRAMS),)},
        second_tap=frozenset({"remove_endpoint"}),
        results={EndpointSecret: secret_screen},
    ),
)
