"""Console page that previews a brand name and colour in both themes before they are saved."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from subscriptions.application.menu import MenuSection
from subscriptions.application.settings.change_setting import ChangeSetting
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services import picture_rules
from web.brand import brand_sample
from web.console.visit import Page, Visit

NAME_LIMIT: Final = 60
STORED: Final = "stored"
REMOVED: Final = "removed"
BANNER_RESULTS: Final = frozenset({STORED, REMOVED})
"""Valid results of the form that stores or removes the picture. The result is a query parameter of the page."""


async def brand(visit: Visit) -> Mapping[str, Any]:
    """Show the name and the colour from the URL, or the current ones by default. An invalid colour is reported, and the
    current colour is shown instead.
    """
    identity = visit.use.settings().identity
    name, accent = visit.query("name", identity.brand)[:NAME_LIMIT], visit.query("accent", identity.accent)
    wrong = False
    try:
        visit.use.core.settings_in_force().check("BRAND_ACCENT", accent)
    except InvalidInput:
        wrong, accent = True, identity.accent
    sample = brand_sample(name, accent, visit.words("brand.pay"))
    values = {"BRAND_NAME": name, "BRAND_ACCENT": accent}
    in_force = {"BRAND_NAME": identity.brand, "BRAND_ACCENT": identity.accent}
    return {
        **await banner_facts(visit),
        "name": name,
        "accent": accent,
        "wrong": wrong,
        "sample": f"data:image/svg+xml;base64,{b64encode(sample.encode()).decode()}",
        "changes": [(each, value, str(uuid4())) for each, value in values.items() if value and value != in_force[each]],
    }


async def banner_facts(visit: Visit, wrong: str = "") -> Mapping[str, Any]:
    """Return the data for the form that stores or removes the landing page's picture. wrong: reason why an upload was
    refused.
    """
    done = visit.query("banner")
    return {
        "stored": await visit.use.read_banner().facts(),
        "banner_done": done if done in BANNER_RESULTS else "",
        "banner_wrong": wrong,
        "most_kb": picture_rules.MOST_BYTES // 1000,
        "least_width": picture_rules.LEAST_WIDTH,
        "most_width": picture_rules.MOST_WIDTH,
        "least_height": picture_rules.LEAST_HEIGHT,
    }


async def refused(visit: Visit, reason: str) -> Mapping[str, Any]:
    """Return the page's data after the upload of a picture was refused."""
    return {**await brand(visit), **await banner_facts(visit, reason)}


BRAND: Final = Page("brand", "/brand", "brand.html", ChangeSetting.permission, brand, MenuSection.SETTINGS)
PAGES: Final = (BRAND,)
