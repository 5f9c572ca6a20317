"""List of invoice records for staff."""

from typing import Final

from features.invoices.domain.invoice import RecordKind, RecordState
from subscriptions.application.lists.columns import Amount, Code, Person, Sort, State, Text, WholeDay
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import PERSON, search, span

_INVOICE: Final = "records.series || records.year || '-' || lpad(records.number::text, 5, '0')"
_BY_POSITION: Final = Sort("position", "records.position", "bigint")
INVOICES: Final = ListModel(
    name="invoices",
    permission=StaffAction.SEE_NUMBERS,
    section=MenuSection.MONEY,
    tables="invoice_records AS records JOIN customers ON customers.id = records.customer_id CROSS JOIN LATERAL"
    " (SELECT records.total_minor AS amount_minor, 'EUR' AS amount_currency, records.tax_minor, 'EUR' AS tax_currency)"
    " AS sums",
    key=("records.id", "uuid"),
    columns=(
        Text("position", "records.position", sort=_BY_POSITION),
        Code("invoice", _INVOICE),
        State("record_kind", "records.kind", words="record_kind"),
        WholeDay("issued_on", "records.issued_on"),
        Person("customer"),
        Text("buyer", "records.buyer_name || ' · ' || records.buyer_tax_id"),
        Text("corrects", "records.corrects"),
        Amount("amount", "sums.amount"),
        Amount("tax", "sums.tax"),
        State("record_state", "records.state", words="record_state"),
        Text("answer", "concat_ws(' ', records.code, records.reason)"),
    ),
    filters=(
        search(f"({PERSON} OR {_INVOICE} = upper(:value) OR records.buyer_tax_id = upper(:value))"),
        Filter("record_state", "records.state = :value", values=tuple(RecordState), words="record_state"),
        Filter("record_kind", "records.kind = :value", values=tuple(RecordKind), words="record_kind"),
        *span("CAST(records.stamp AS timestamptz)"),
    ),
    sort=_BY_POSITION,
)

LISTS: Final = (INVOICES,)
