"""Partners as staff sees them."""

from bot.keyboards import button
from bot.panel.act_buttons import act_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.screens.partners import ledger
from bot.texts import Texts
from subscriptions.application.partners.show_statement import PartnerStatement
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.customer import Role


def partner(t: Texts, statement: PartnerStatement, role: Role | None, note: str | None = None) -> Screen:
    """One of them: terms, reach, what is owed, and what staff may do."""
    partner_id = statement.partner.id
    state = "ended" if statement.has_ended else "working"
    buttons = act_buttons(t, role, LISTS["partners"].acts({"state": state}), partner_id)
    text = "\n\n".join(
        part for part in (note or "", t("partners.card", code=statement.partner.code), *ledger(t, statement)) if part
    )
    back_button = button(t.plain("partners.all"), data("partners"))
    customer = button(t.plain("partners.customer"), data("c", statement.partner.customer_id))
    return screen(t, text, *buttons, customer, back_button)
