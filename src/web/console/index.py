"""Index of all pages and commands of the console."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from subscriptions.bootstrap.features import cached_parts
from web.console.pages import (
    brand,
    customers,
    features,
    lists,
    paying,
    planning,
    plans,
    settings,
    taxes,
    texts,
    today,
    watch,
)
from web.console.pages.search import search_page
from web.console.staff_commands import ACTIONS as STAFF_COMMANDS
from web.console.visit import Action, Page
from web.feature import web_parts

_PAGES: Final[tuple[Page, ...]] = (
    *today.PAGES,
    *customers.PAGES,
    *plans.PAGES,
    *lists.PAGES,
    *paying.PAGES,
    *taxes.PAGES,
    *watch.PAGES,
    *texts.PAGES,
    *settings.PAGES,
    *features.PAGES,
    *brand.PAGES,
)
ACTIONS: Final[Mapping[str, Action]] = {
    **STAFF_COMMANDS,
    **{action.name: action for action in (*planning.ACTIONS, *features.ACTIONS, *paying.ACTIONS)},
}


@cached_parts
def pages() -> Sequence[Page]:
    """Return all pages, including the pages of loaded features."""
    # Read late, because the modules of features import the console.
    found = [*_PAGES]
    for feature, part in web_parts().items():
        for page in part.pages:
            found.append(replace(page, feature=page.feature or feature))
    return (*found, search_page(found))
