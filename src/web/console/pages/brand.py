"""Console page that previews a brand name and colour in both themes before they are saved."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from subscriptions.application.menu import MenuSection
from subscriptions.application.settings.change_setting import ChangeSetting
from subscriptions.domain.errors import InvalidInput
from web.brand import brand_sample
from web.console.visit import Page, Visit

NAME_LIMIT: Final = 60


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
        "name": name,
        "accent": accent,
        "wrong": wrong,
        "sample": f"data:image/svg+xml;base64,{b64encode(sample.encode()).decode()}",
        "changes": [(each, value, str(uuid4())) for each, value in values.items() if value and value != in_force[each]],
    }


PAGES: Final = (Page("brand", "/brand", "brand.html", ChangeSetting.permission, brand, MenuSection.SETTINGS),)
