"""Screens of partners: the statement in the chat, and the card for staff in the panel."""

from decimal import Decimal

from babel.lists import format_list

from bot import callbacks
from bot.formats import day
from bot.keyboards import button, copy, keyboard
from bot.panel.command_buttons import command_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import screen
from bot.status_section import StatusSection
from bot.texts import Texts
from features.partners.domain import PartnerBalance, PartnerEntry
from features.partners.use_cases.arrive_by_partner import ReferralOutcome
from features.partners.use_cases.show_statement import PartnerStatement
from subscriptions.application.views.amounts import format_number, percent
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.spoken import text_for


def statement(t: Texts, partner_statement: PartnerStatement) -> Screen:
    """Render a partner's statement with the link to share."""
    status = button(t.plain("buttons.status"), callbacks.STATUS)
    hand_on = (
        [copy(t.plain("buttons.copy_link"), partner_statement.link)]
        if partner_statement.link is not None and not partner_statement.has_ended
        else []
    )
    title = t("statement.title", code=partner_statement.partner.code)
    return Screen("\n\n".join([title, *ledger(t, partner_statement)]), keyboard(*hand_on, status))


def no_partner(t: Texts, contact: str) -> Screen:
    """Render the answer to a customer without a partner agreement. `contact`: contact for becoming a partner; may be
    empty.
    """
    text = t("statement.nobody_contact", contact=contact) if contact else t("statement.nobody")
    return Screen(text, keyboard(button(t.plain("buttons.status"), callbacks.STATUS)))


def refusal(t: Texts, outcome: ReferralOutcome) -> str | None:
    """Return the reason why a customer was not attributed to a partner; None if no explanation is needed."""
    return None if outcome in {ReferralOutcome.BROUGHT, ReferralOutcome.KNOWN} else t(f"statement.{outcome}")


def ledger(t: Texts, partner_statement: PartnerStatement) -> list[str]:
    """Return the paragraphs of a partner's statement."""
    parts = [_terms(t, partner_statement)]
    if partner_statement.has_ended:
        parts.append(t("statement.over"))
    elif partner_statement.link is not None:
        parts.append(t("statement.link", link=partner_statement.link))
    parts.append(t("statement.reach", came=partner_statement.reach.came, paid=partner_statement.reach.buyers))
    parts += [_balance(t, each) for each in partner_statement.balances] or [t("statement.nothing")]
    if partner_statement.newest:
        parts.append("\n".join([t("statement.newest"), *(_entry(t, each) for each in partner_statement.newest)]))
    return parts


def _terms(t: Texts, partner_statement: PartnerStatement) -> str:
    terms = partner_statement.terms
    commission = (
        percent(format_number(Decimal(terms.basis_points).scaleb(-2).normalize(), t.language), t.language)
        if terms.basis_points is not None
        else format_list([t.money(money) for money in terms.moneys], style="or", locale=t.locale)
    )
    duration = t("statement.each", months=terms.months) if terms.months is not None else t("statement.first")
    text = t("statement.terms", commission=commission, counts=duration, days=t.unit("day", terms.hold_days))
    plans = ", ".join(text_for(plan, t.language) for plan in partner_statement.plans)
    return f"{text} {t('statement.plans', plans=plans)}" if plans else text


def _balance(t: Texts, balance: PartnerBalance) -> str:
    minors = {name: getattr(balance, name) for name in ("earned", "reversed", "paid", "owed", "held", "payable")}
    text = t("statement.balance", **{name: t.money(balance.money(minor)) for name, minor in minors.items()})
    return text if balance.owed >= 0 else f"{text}\n{t('statement.below')}"


def _entry(t: Texts, entry: PartnerEntry) -> str:
    key = "returned" if entry.kind == "reversed" and entry.amount.minor < 0 else entry.kind.value
    key = entry.refusal or key
    amount = t.money(
        entry.amount if entry.amount.minor >= 0 else type(entry.amount)(-entry.amount.minor, entry.amount.currency)
    )
    return t(f"statement.entry.{key}", at=day(t, entry.at), amount=amount, reference=entry.reference)


def section(t: Texts) -> StatusSection:
    """Return the section of a partner's status card, with the button that shows the statement."""
    return StatusSection(order=30, buttons=[[button(t.plain("buttons.statement"), callbacks.STATEMENT)]])


def partner(t: Texts, statement: PartnerStatement, role: Role | None, note: str | None = None) -> Screen:
    """Render a partner's card for staff: terms, referred customers, balances and staff commands."""
    partner_id = statement.partner.id
    state = "ended" if statement.has_ended else "working"
    buttons = command_buttons(t, role, LISTS["partners"].commands({"state": state}), partner_id)
    text = "\n\n".join(
        part for part in (note or "", t("partners.card", code=statement.partner.code), *ledger(t, statement)) if part
    )
    back_button = button(t.plain("partners.all"), data("partners"))
    customer = button(t.plain("partners.customer"), data("c", statement.partner.customer_id, "partner", partner_id))
    return screen(t, text, *buttons, customer, back_button)
