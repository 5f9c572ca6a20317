"""Import of tips and results from a file in the chat, with a preview before they are published or entered."""

from collections.abc import Mapping
from typing import Final

from bot.panel.pages.staff.file_form import file_form, file_page
from bot.panel.visit import Page
from features.record.chat.tips import TIPS, tips_shown
from features.record.commands.publish_tips import PublishTips
from features.record.commands.settle_tips import SettleTips

PUBLISH: Final = file_form(PublishTips, TIPS, tips_shown)
SETTLE: Final = file_form(SettleTips, TIPS, tips_shown)
FORMS: Final = (PUBLISH, SETTLE)
PAGES: Final[Mapping[str, Page]] = {"tip.file": file_page(PUBLISH), "tip.ends": file_page(SETTLE)}
