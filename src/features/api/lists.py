"""List of API keys."""

from collections.abc import Sequence
from typing import Final

from features.api.commands import ConfirmKey, MakeKey, RevokeKey
from subscriptions.application.lists.columns import Abilities, Day, Moment, Sort, State, Text
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import names, search


def _key_commands(row: Row) -> Sequence[str]:
    return names(*([ConfirmKey] if row["opens"] == "held" else []), RevokeKey)


_BY_NAME: Final = Sort("key_name", "api_keys.name", "text")
_OPENS: Final = "CASE WHEN api_keys.held_at IS NULL THEN 'usable' ELSE 'held' END"
KEYS: Final = ListModel(
    name="keys",
    permission=StaffAction.MANAGE_PROGRAMS,
    section=MenuSection.SETTINGS,
    tab="integrations",
    tables="api_keys",
    # Same value as `ApiKey.id`.
    key=("left(api_keys.digest, 32)::uuid", "uuid"),
    columns=(
        Text("key_name", "api_keys.name", sort=_BY_NAME),
        Abilities("may", "api_keys.abilities", words="chat.commands.choice"),
        State("opens", _OPENS, words="key_state"),
        Moment("last_used_at", "api_keys.last_used_at"),
        Day("created_at", "api_keys.created_at", sort=Sort("created_at", "api_keys.created_at")),
    ),
    filters=(search("api_keys.name ILIKE :like"),),
    sort=_BY_NAME,
    is_descending=False,
    commands=_key_commands,
    begin=names(MakeKey),
)
LISTS: Final = (KEYS,)
