"""Console pages of lists, such as subscriptions, payments, orders, channels and messages."""

from collections.abc import Mapping, Sequence
from typing import Final

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.expiry.start_bulk_expiry import StartBulkExpiry
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.application.reconciliation.start_reconciliation import StartReconciliation
from subscriptions.application.staff.command import StaffCommand
from subscriptions.bootstrap.lists import LISTS
from web.console.lists import list_page

_SECTIONS: Final = {
    MenuSection.CUSTOMERS: ("subscriptions",),
    MenuSection.MONEY: ("payments", "orders"),
    MenuSection.CHATS: ("resources", "channels"),
    MenuSection.MESSAGES: ("messages",),
    MenuSection.SETTINGS: ("team", "roles", "invitations"),
}
_TABS: Final = dict.fromkeys(("team", "roles", "invitations"), "team")
_BEGIN: Final[Mapping[str, Sequence[type[StaffCommand]]]] = {
    "subscriptions": (StartBulkExpiry,),
    "payments": (StartReconciliation,),
}
"""Commands on a whole list, shown above the list, keyed by list."""
PAGES: Final = tuple(
    list_page(
        name,
        section,
        tab=_TABS.get(name, ""),
        begin=[(command.name, command.permission) for command in _BEGIN.get(name, ())],
    )
    for section, names in _SECTIONS.items()
    for name in names
) + tuple(
    list_page(model.name, model.section, feature=feature, tab=model.tab)
    for feature, models in declared_by("lists", "LISTS").items()
    for model in models
    # LISTS lacks lists that were left out.
    if isinstance(model, ListModel) and LISTS.get(model.name) is model and model.section is not None
)
