"""Lists of receipts and invoices."""

from typing import Final

from subscriptions.application.lists.columns import (
    Amount,
    Code,
    Day,
    Person,
    Provider,
    Sort,
    State,
    Text,
    WholeDay,
)
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.domain.entities.invoice import RecordKind, RecordState
from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import PERSON, of_provider, search, span

_NUMBER: Final = "receipts.series || receipts.year || '-' || lpad(receipts.number::text, 5, '0')"
_BY_ISSUE: Final = Sort("issued_at", "receipts.issued_at")
RECEIPTS: Final = ListModel(
    name="receipts",
    permission=StaffAction.SEE_NUMBERS,
    tables="receipts JOIN customers ON customers.id = receipts.customer_id"
    " CROSS JOIN LATERAL (SELECT CASE receipts.kind WHEN 'credit_note' THEN -1 ELSE 1 END AS sign) AS direction"
    " CROSS JOIN LATERAL (SELECT direction.sign * receipts.amount_minor AS amount_minor, receipts.amount_currency,"
    " direction.sign * receipts.tax_minor AS tax_minor, receipts.amount_currency AS tax_currency) AS signed",
    key=("receipts.id", "uuid"),
    columns=(
        Code("receipt", _NUMBER),
        State("receipt_kind", "receipts.kind", words="receipt_kind"),
        Day("issued_at", "receipts.issued_at", sort=_BY_ISSUE),
        Person("customer"),
        Text("buyer", "receipts.customer_ref"),
        Text("plan_name", "receipts.plan_name"),
        Amount("amount", "signed.amount"),
        Amount("tax", "signed.tax"),
        Text("country", "receipts.country"),
        Provider("provider", "receipts.provider"),
    ),
    filters=(
        search(f"({PERSON} OR {_NUMBER} = upper(:value))"),
        Filter("receipt_kind", "receipts.kind = :value", values=tuple(ReceiptKind), words="receipt_kind"),
        Filter("currency", "receipts.amount_currency = upper(:value)"),
        Filter("country", "receipts.country = upper(:value)"),
        of_provider("receipts.provider"),
        *span("receipts.issued_at"),
    ),
    sort=_BY_ISSUE,
)

_INVOICE: Final = "records.series || records.year || '-' || lpad(records.number::text, 5, '0')"
_BY_POSITION: Final = Sort("position", "records.position", "bigint")
INVOICES: Final = ListModel(
    name="invoices",
    permission=StaffAction.SEE_NUMBERS,
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
