"""Tax of credit notes: adds up to the cent for partial refunds, and remains unknown if the receipt's tax is unknown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import HOME
from tests.fakes import samples
from tests.fakes.samples import NOON


def document(kind: ReceiptKind, minor: int, tax: int | None) -> Receipt:
    order = samples.order(samples.customer(), samples.plan())
    return Receipt.draft(
        kind,
        new_uuid(),
        payment_id=samples.payment(order).id,
        order_id=order.id,
        customer_id=order.customer_id,
        customer_ref="Ana",
        plan_name="Retabet",
        provider="acme",
        amount=Money(minor, "EUR"),
        tax_minor=tax,
        issuer="Retador S.L.",
        now=NOON,
        zone=HOME,
    )


@given(
    parts=st.lists(st.integers(1, 5000), min_size=1, max_size=30),
    share=st.fractions(0, 1),
    restored=st.sets(st.integers(0, 29)),
)
def test_tax_of_partial_refunds_adds_up_exactly_to_the_tax_of_the_receipt(
    parts: list[int], share: float, restored: set[int]
) -> None:
    """Some of the refunds are reversed and made again at the end."""
    whole = sum(parts)
    own = document(ReceiptKind.RECEIPT, whole, int(whole * share))
    written = [own]

    def give(minor: int) -> None:
        tax = own.tax_of(Money(minor, "EUR"), written)
        assert tax is not None
        assert 0 <= tax <= minor
        written.append(document(ReceiptKind.CREDIT_NOTE, minor, tax))

    for number, minor in enumerate(parts):
        give(minor)
        if number in restored:
            written.append(document(ReceiptKind.RESTORED, minor, written[-1].tax_minor))
    for number in sorted(restored & set(range(len(parts)))):
        give(parts[number])
    assert sum(each.signed_tax.minor for each in written if each.signed_tax is not None) == 0


def test_unknown_tax_remains_unknown_in_a_credit_note() -> None:
    own = document(ReceiptKind.RECEIPT, 1000, None)
    assert own.tax_of(Money(10, "EUR"), [own]) is None
