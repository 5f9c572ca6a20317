"""List of receipts for staff."""

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
)
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.receipt import ReceiptKind
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.list_parts import PERSON, of_provider, search, span

_NUMBER: Final = "receipts.series || receipts.year || '-' || lpad(receipts.number::text, 5, '0')"
_BY_ISSUE: Final = Sort("issued_at", "receipts.issued_at")
RECEIPTS: Final = ListModel(
    name="receipts",
    permission=StaffAction.SEE_NUMBERS,
    section=MenuSection.MONEY,
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
        Filter("currency", "receipts.amount_currency = :value", kind="currency"),
        Filter("country", "receipts.country = upper(:value)"),
        of_provider("receipts.provider"),
        *span("receipts.issued_at"),
    ),
    sort=_BY_ISSUE,
)

LISTS: Final = (RECEIPTS,)
