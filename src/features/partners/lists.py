"""Lists of partners, of the amounts owed per currency, and of ledger entries."""

from collections.abc import Sequence
from typing import Any, Final

from features.partners.commands import ChangeTerms, EndPartner, RecordPayout
from features.partners.domain import commission_words
from features.partners.permissions import REFUSE_SELF_DEALING, SEE_PARTNERS
from subscriptions.application.lists.columns import (
    Amount,
    Code,
    Count,
    Day,
    Moment,
    Person,
    Piece,
    Sort,
    Speaker,
    State,
    Terms,
    Text,
)
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.infrastructure.database.list_parts import PERSON, REFERENCE, names, search, span


class Commission(Terms):
    """List column that shows a partner's commission per payment."""

    def piece(self, value: Any, say: Speaker) -> Piece:
        """Render the commission for a page."""
        return Piece(say.format_stored(commission_words(value)))

    def cells(self, row: Row) -> Sequence[object]:
        """Return the commission as a cell of the CSV file."""
        return (commission_words(row[self.name]),)


def _commands(row: Row) -> Sequence[str]:
    return names(RecordPayout) if row["state"] == "ended" else names(RecordPayout, ChangeTerms, EndPartner)


_STATE: Final = "CASE WHEN partners.ended_at IS NULL THEN 'working' ELSE 'ended' END"
_STATES: Final = {"working": "partners.ended_at IS NULL", "ended": "partners.ended_at IS NOT NULL"}
_SEARCH: Final = search(f"(partners.code ILIKE :like OR {PERSON})")
_BEGAN: Final = Sort("created_at", "partners.created_at")
_COMMISSION: Final = "coalesce(terms.basis_points || '%', terms.sums)"
PARTNERS: Final = ListModel(
    name="partners",
    permission=SEE_PARTNERS,
    section=MenuSection.OFFER,
    tables="partners JOIN customers ON customers.id = partners.customer_id"
    " JOIN LATERAL (SELECT * FROM partner_terms WHERE partner_id = partners.id ORDER BY number DESC LIMIT 1) AS terms"
    " ON true",
    key=("partners.id", "uuid"),
    columns=(
        Code("code", "partners.code"),
        Person("customer"),
        State("state", _STATE, words="partner_state"),
        Commission("commission", _COMMISSION),
        State("counts", "terms.counts", words="counts_payments"),
        Count("brought", "(SELECT count(*) FROM customers AS brought WHERE brought.partner_id = partners.id)"),
        Count(
            "paying",
            "(SELECT count(DISTINCT payments.customer_id) FROM partner_entries JOIN payments"
            " ON payments.id = partner_entries.payment_id WHERE partner_entries.partner_id = partners.id"
            " AND partner_entries.kind = 'earned')",
        ),
        Day("created_at", "partners.created_at", sort=_BEGAN),
    ),
    filters=(_SEARCH, Filter("state", choices=_STATES, words="partner_state")),
    sort=_BEGAN,
    commands=_commands,
)

_HOLD: Final = "held_until > CAST(:now AS timestamptz)"
_SUMS: Final = {
    "earned": "coalesce(sum(amount_minor) FILTER (WHERE kind = 'earned'), 0)",
    "reversed": "coalesce(sum(amount_minor) FILTER (WHERE kind = 'reversed'), 0)",
    "paid": "coalesce(sum(amount_minor) FILTER (WHERE kind = 'paid'), 0)",
    "owed": "sum(CASE WHEN kind = 'earned' THEN amount_minor ELSE -amount_minor END)",
    "held": f"coalesce(sum(CASE WHEN kind = 'earned' THEN amount_minor ELSE -amount_minor END) FILTER (WHERE {_HOLD}),"
    " 0)",
}
_BALANCES: Final = ", ".join(f"({sql})::bigint AS {name}_minor" for name, sql in _SUMS.items())
_CURRENCIES: Final = ", ".join(f"amount_currency AS {name}_currency" for name in (*_SUMS, "payable"))
_OWED: Final = Sort("owed", "sums.owed_minor", "bigint")
OWED: Final = ListModel(
    name="owed",
    permission=SEE_PARTNERS,
    section=MenuSection.MONEY,
    tables="partners JOIN customers ON customers.id = partners.customer_id"
    " JOIN (SELECT *, greatest(owed_minor - held_minor, 0) AS payable_minor FROM"
    f" (SELECT partner_id, {_BALANCES}, {_CURRENCIES} FROM partner_entries GROUP BY partner_id, amount_currency)"
    " AS balances) AS sums ON sums.partner_id = partners.id",
    key=("concat_ws(':', partners.id, sums.owed_currency)", "text"),
    columns=(
        Code("code", "partners.code"),
        Person("customer"),
        Amount("earned", "sums.earned"),
        Amount("reversed", "sums.reversed"),
        Amount("paid_out", "sums.paid"),
        Amount("held", "sums.held"),
        Amount("payable", "sums.payable"),
        Amount("owed", "sums.owed", sort=_OWED),
        State("state", _STATE, words="partner_state"),
    ),
    filters=(
        _SEARCH,
        Filter("state", choices=_STATES, words="partner_state"),
        Filter("currency", "sums.owed_currency = :value", kind="currency"),
    ),
    sort=_OWED,
)

_BY_TIME: Final = Sort("at", "entries.at")
_WHAT: Final = (
    "CASE WHEN entries.kind <> 'reversed' THEN entries.kind WHEN entries.amount_minor < 0 THEN 'returned'"
    " ELSE coalesce(nullif(entries.reference, ''), 'reversed') END"
)
STATEMENT: Final = ListModel(
    name="statement",
    permission=SEE_PARTNERS,
    section=MenuSection.MONEY,
    tables="(SELECT *, CASE WHEN kind = 'earned' THEN amount_minor ELSE -amount_minor END AS change_minor,"
    " amount_currency AS change_currency FROM partner_entries) AS entries"
    " JOIN partners ON partners.id = entries.partner_id JOIN customers ON customers.id = partners.customer_id"
    " LEFT JOIN payments ON payments.id = entries.payment_id",
    key=("entries.id", "uuid"),
    columns=(
        Moment("at", "entries.at", sort=_BY_TIME),
        Code("code", "partners.code"),
        Person("customer"),
        State("state", _WHAT, words="partner_entry"),
        Amount("amount", "entries.change"),
        Moment("held_until", "entries.held_until"),
        Text("reference", f"coalesce({REFERENCE.format('payments.order_id')}, entries.reference)"),
    ),
    filters=(
        search(f"(partners.code = upper(:value) OR {PERSON})"),
        Filter(
            "state",
            choices={
                each: f"{_WHAT} = '{each}'"
                for each in ("earned", "reversed", "returned", "same_card", "same_person", "paid")
            },
            words="partner_entry",
        ),
        Filter("currency", "entries.amount_currency = :value", kind="currency"),
        *span("entries.at"),
    ),
    sort=_BY_TIME,
)

LISTS: Final = (PARTNERS, OWED, STATEMENT)
AUDIT_STATES: Final = (("self_dealing", f"audit_log.action = '{REFUSE_SELF_DEALING}'"),)
"""Named filter of the audit log: refused referrals and commissions of partners."""
