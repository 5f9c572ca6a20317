"""Partners as staff sees them."""

from collections.abc import Sequence
from uuid import UUID

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, turns
from bot.screens.partners import ledger
from bot.texts import Texts
from subscriptions.application.partners.change_terms import ChangeTerms, EndPartner
from subscriptions.application.partners.record_payout import RecordPayout
from subscriptions.application.partners.show_statement import PartnerStatement
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import may


def partners(t: Texts, rows: Sequence[Row], page: int, more: bool) -> Screen:
    """A page of them."""
    lines = [
        t(
            "partners.line",
            code=row["code"],
            state=t.plain(f"partners.{row['state']}"),
            came=row["brought"],
            paid=row["paying"],
        )
        for row in rows
    ]
    buttons = [button(f"🤝 {row['code']}", data("partner", UUID(row["id"]))) for row in rows]
    body = card(*lines) if lines else t("partners.none")
    return screen(t, f"{t('partners.title')}\n\n{body}", *buttons, turns(t, "partners", page, more, newest_first=False))


def partner(t: Texts, statement: PartnerStatement, role: Role | None, note: str | None = None) -> Screen:
    """One of them: terms, reach, what is owed, and what staff may do."""
    partner_id = statement.partner.id
    acts = [RecordPayout] if statement.has_ended else [RecordPayout, ChangeTerms, EndPartner]
    buttons = [
        button(t.plain(f"commands.{act.name}.label"), data(f"pa.{act.name}", partner_id))
        for act in acts
        if may(role, act.permission)
    ]
    text = "\n\n".join(
        part for part in (note or "", t("partners.card", code=statement.partner.code), *ledger(t, statement)) if part
    )
    back_button = button(t.plain("partners.all"), data("partners"))
    customer = button(t.plain("partners.customer"), data("c", statement.partner.customer_id))
    return screen(t, text, *buttons, customer, back_button)
