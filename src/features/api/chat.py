"""Pages for API keys in the bot's staff panel."""

from typing import Final

from bot.feature import ChatPart, PanelPart
from bot.screens.panel.lists import PanelList
from features.api.commands import MadeKey
from features.api.screens import key_screen
from features.api.subjects import KEY
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import StaffAction

_KEYS: Final = PanelList(name="keys", page="keys", card="key", label=("key_name", "opens"))
CHAT: Final = ChatPart(
    panel=PanelPart(
        lists={KEY: _KEYS},
        entries={MenuSection.SETTINGS: ((_KEYS.page, StaffAction.MANAGE_PROGRAMS),)},
        second_tap=frozenset({"revoke_key"}),
        results={MadeKey: key_screen},
    ),
)
