"""Hash chain and QR content of invoice records, as published by Spain's tax office: «Detalle de las especificaciones
técnicas para generación de la huella o hash de los registros de facturación» 0.1.2 and «Detalle de las especificaciones
técnicas del código QR de la factura» 0.5.0.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from features.invoices.domain.invoice import InvoiceRecord, RecordKind

Fields = Sequence[tuple[str, str]]


def hash_of(record: InvoiceRecord) -> str:
    """Return the hash («huella») of an invoice record."""
    invoice = [record.issuer_tax_id, record.label, day(record.issued_on)]
    fields = [("Huella", record.before_hash or ""), ("FechaHoraHusoGenRegistro", record.stamp)]
    names = ["IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura"]
    if record.kind is RecordKind.CANCELLATION:
        return hash_fields([*zip([f"{name}Anulada" for name in names], invoice, strict=True), *fields])
    sums = [
        ("TipoFactura", record.kind_of_invoice),
        ("CuotaTotal", euros(record.tax_minor)),
        ("ImporteTotal", euros(record.total_minor)),
    ]
    return hash_fields([*zip(names, invoice, strict=True), *sums, *fields])


def hash_fields(fields: Fields) -> str:
    """Return the SHA-256 hash of the fields in the form `name=value&…`, in upper-case hexadecimal digits."""
    words = "&".join(f"{name}={value.strip()}" for name, value in fields)
    return hashlib.sha256(words.encode()).hexdigest().upper()


def link_of(record: InvoiceRecord, office: str) -> str:
    """Return the URL of the tax office's page that verifies the invoice. `office`: base URL of that page."""
    facts = {
        "nif": record.issuer_tax_id,
        "numserie": record.label,
        "fecha": day(record.issued_on),
        "importe": euros(record.total_minor),
    }
    return f"{office}/wlpl/TIKE-CONT/ValidarQR?{urlencode(facts)}"


def day(calendar_date: date) -> str:
    """Format a date in the form that the tax office requires."""
    return f"{calendar_date:%d-%m-%Y}"


def euros(minor: int) -> str:
    """Format an amount of cents as euros in the form that the tax office requires."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{cents:02d}"
