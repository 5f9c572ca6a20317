"""Hashes of invoice records, checked with the examples published by the tax office («Detalle de las especificaciones
técnicas para generación de la huella o hash de los registros de facturación», version 0.1.2).
"""

from __future__ import annotations

from datetime import date

import pytest

from features.invoices.domain.chain import euros, hash_fields, hash_of
from features.invoices.domain.invoice import RecordKind
from tests.features.invoices.fakes import after, record

FIRST = "3C464DAF61ACB827C65FDA19F352A4E3BDC2C640E9E9FC4CC058073F38F12F60"
SECOND = "F7B94CFD8924EDFF273501B01EE5153E4CE8F259766F88CF6ACB8935802A2B97"
THIRD = "177547C0D57AC74748561D054A9CEC14B4C4EA23D1BEFD6F2E69E3A388F90C68"
DAY = "01-01-2024"


def published(number: str, before: str, second: int, *, end: str = "") -> list[tuple[str, str]]:
    names = ("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura")
    sums = [("TipoFactura", "F1"), ("CuotaTotal", "12.35"), ("ImporteTotal", "123.45")]
    return [
        *zip([name + end for name in names], ("89890001K", number, DAY), strict=True),
        *(sums if not end else []),
        ("Huella", before),
        ("FechaHoraHusoGenRegistro", f"2024-01-01T19:20:{second}+01:00"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (published("12345678/G33", "", 30), FIRST),
        (published("12345679/G34", FIRST, 35), SECOND),
        (published("12345679/G34", SECOND, 40, end="Anulada"), THIRD),
    ],
    ids=["first invoice", "next invoice", "cancellation"],
)
def test_published_examples_produce_the_documented_hashes(fields: list[tuple[str, str]], expected: str) -> None:
    assert hash_fields(fields) == expected


def test_hash_of_a_record_is_calculated_over_the_fields_published_by_the_tax_office() -> None:
    first = record(issued_on=date(2024, 1, 1), stamp="2024-01-01T19:20:30+01:00", total_minor=12345, tax_minor=1235)
    cancelled = after(first, kind=RecordKind.CANCELLATION, number=first.number)
    for made, end in ((first, ""), (cancelled, "Anulada")):
        fields = published(made.label, made.before_hash or "", 30, end=end)
        assert hash_of(made) == hash_fields([(fields[0][0], made.issuer_tax_id), *fields[1:]])


def test_amounts_in_records_have_two_decimals() -> None:
    assert [euros(each) for each in (-1, 0, 5, -1000, 299900)] == ["-0.01", "0.00", "0.05", "-10.00", "2999.00"]
