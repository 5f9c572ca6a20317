"""Console page that shows new activation codes once."""

from typing import Final

from features.tokens.commands import MakeCode
from web.console.staff_commands import no_page
from web.console.visit import Page
from web.feature import WebPart

CODES_MADE: Final = Page("codes_made", "", "codes_made.html", MakeCode.permission, no_page, parent="codes")
WEB: Final = WebPart(results={MakeCode: CODES_MADE})
