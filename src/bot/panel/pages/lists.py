"""Declarations of the panel's lists, keyed by the subject of their commands."""

from collections.abc import Mapping
from typing import Final

from bot.feature import chat_parts
from bot.formats import quote
from bot.panel.lists import pages_of
from bot.panel.visit import Page
from bot.screens.panel.lists import PanelList
from bot.texts import Texts
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import InvalidFeature
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.bootstrap.features import cached_parts
from subscriptions.bootstrap.lists import LISTS


def _permissions(t: Texts) -> str:
    """Return each permission's code, as staff types it, with its name."""
    lines = [f"<code>{each}</code> {t('commands.choice.' + each.replace('.', '_'))}" for each in permissions()]
    return quote(*lines, folds=True)


TEAM: Final = PanelList(
    name="team", page="team", card="team.card", label=("colleague", "role"), links=("people", "invitations", "roles")
)
_PANEL_LISTS: Final[Mapping[str, PanelList]] = {
    SubjectKind.ROLE: PanelList(
        name="roles", page="roles", card="role", label=("role_name", "people"), parent="team", legend=_permissions
    ),
    SubjectKind.INVITATION: PanelList(
        name="invitations", page="invitations", card="inv", label=("role", "state", "customer"), parent="team"
    ),
    SubjectKind.RESOURCE: PanelList(name="resources", page="resources", card="resource", label=("title", "kind")),
}


@cached_parts
def panel_lists() -> Mapping[str, PanelList]:
    """Return the lists keyed by kind of subject, including the lists of features. After a command on a subject, or a
    command that creates a subject, the panel shows the subject's card.
    """
    # Read late, because the modules of features import the panel.
    found = dict(_PANEL_LISTS)
    for feature, part in chat_parts().items():
        for kind, panel_list in part.panel.lists.items():
            with contained(feature, f"panel: {panel_list.page}", lasts=True):
                if kind in found or panel_list.name not in LISTS:
                    raise InvalidFeature(f"{kind} has a list already, or there is no list {panel_list.name}")
                found[kind] = panel_list
    return found


@cached_parts
def pages() -> Mapping[str, Page]:
    """Return the pages of all lists."""
    return {name: page for each in (TEAM, *panel_lists().values()) for name, page in pages_of(each).items()}
