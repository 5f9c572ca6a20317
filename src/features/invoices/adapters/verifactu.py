"""Client of the Spanish tax office's service for invoice records (Veri*factu), based on the schemas SuministroLR and
RespuestaSuministro.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from xml.etree import ElementTree

import httpx

from features.invoices.domain.chain import day, euros
from features.invoices.domain.invoice import InvoiceKind, InvoiceRecord, RecordKind, RecordState
from features.invoices.ports import OfficeAnswer, RecordAnswer, TaxOfficeFailed

SERVICE: Final = "/wlpl/TIKE-CONT/ws/SistemaFacturacion/VerifactuSOAP"
PATIENCE_S: Final = 30.0
LONGEST_REASON: Final = 300
_SCHEMAS: Final = (
    "https://www2.agenciatributaria.gob.es/static_files/common/internet/dep/aplicaciones/es/aeat/tike/cont/ws"
)
_LR: Final = f"{{{_SCHEMAS}/SuministroLR.xsd}}"
_SF: Final = f"{{{_SCHEMAS}/SuministroInformacion.xsd}}"
_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
_STATES: Final = {
    "Correcto": RecordState.ACCEPTED,
    "AceptadoConErrores": RecordState.FLAWED,
    "Incorrecto": RecordState.REFUSED,
}
_EARLIER_STATES: Final = {
    "Correcta": RecordState.ACCEPTED,
    "Anulada": RecordState.ACCEPTED,
    "AceptadaConErrores": RecordState.FLAWED,
}
"""States of a record that the tax office had already received, for example if its earlier response was lost, keyed by
the term in the response.
"""
_WAIT_S: Final = 60
_OF_CLOCKS: Final = "2004"
"""Error code for a timestamp that differs from the tax office's clock. It is the only error after which the record need
not be corrected (description of the web service, 4.3.1).
"""

Parts = Sequence[tuple[str, "str | Parts | None"]]
"""XML elements in order, each with its name and its text or nested elements; None for an element that is omitted."""


class VerifactuOffice:
    """TaxOffice over SOAP, with the certificate of the invoices' issuer."""

    def __init__(self, service: str, certificate: Path | None, version: str) -> None:
        """Create the client.

        service: URL of the service. certificate: PEM file with certificate and key; None for a simulator over plain
        HTTP.
        """
        self._url = f"{service.rstrip('/')}{SERVICE}"
        self._certificate = certificate
        self._version = version

    async def send(self, records: Sequence[InvoiceRecord], *, is_late: bool) -> OfficeAnswer:
        """Implements `TaxOffice.send`."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        try:
            async with httpx.AsyncClient(verify=self._trust(), timeout=PATIENCE_S) as client:
                answer = await client.post(
                    self._url, content=serialize_records(records, self._version, is_late), headers=headers
                )
            return parse_answer(answer.content, answer.status_code)
        except (httpx.HTTPError, OSError) as error:
            raise TaxOfficeFailed(f"it does not answer ({type(error).__name__}: {error})") from error

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._certificate is not None:
            context.load_cert_chain(self._certificate)
        return context


def serialize_records(records: Sequence[InvoiceRecord], version: str, is_late: bool) -> bytes:
    """Return the SOAP request body that submits records. records: at least one record."""
    envelope = ElementTree.Element(f"{_SOAP}Envelope")
    call = ElementTree.SubElement(ElementTree.SubElement(envelope, f"{_SOAP}Body"), f"{_LR}RegFactuSistemaFacturacion")
    head = ElementTree.SubElement(call, f"{_LR}Cabecera")
    _add(head, [("ObligadoEmision", _who(records[0].issuer_name, records[0].issuer_tax_id))])
    if is_late:
        _add(head, [("RemisionVoluntaria", [("Incidencia", "S")])])
    for record in records:
        parts = _invoice(record, version) if record.kind is RecordKind.INVOICE else _cancellation(record, version)
        name = "RegistroAlta" if record.kind is RecordKind.INVOICE else "RegistroAnulacion"
        _add(ElementTree.SubElement(call, f"{_LR}RegistroFactura"), [(name, parts)])
    content: bytes = ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return content


def _add(parent: ElementTree.Element, parts: Parts) -> None:
    for name, content in parts:
        if content is None:
            continue
        element = ElementTree.SubElement(parent, f"{_SF}{name}")
        if isinstance(content, str):
            element.text = content
        else:
            _add(element, content)


def _who(name: str, tax_id: str) -> Parts:
    return [("NombreRazon", name), ("NIF", tax_id)]


def _invoice_id(record: InvoiceRecord, end: str = "") -> Parts:
    return [
        (f"IDEmisorFactura{end}", record.issuer_tax_id),
        (f"NumSerieFactura{end}", record.label),
        (f"FechaExpedicionFactura{end}", day(record.issued_on)),
    ]


def _invoice(record: InvoiceRecord, version: str) -> Parts:
    kind, buyer = record.kind_of_invoice, _who(record.buyer_name, record.buyer_tax_id)
    parts: Parts = [
        ("IDEmisorFactura", record.issuer_tax_id),
        ("NumSerieFactura", record.corrects or ""),
        ("FechaExpedicionFactura", day(record.corrected_on or record.issued_on)),
    ]
    lines: Parts = [
        ("Impuesto", "01"),
        ("ClaveRegimen", "01"),
        ("CalificacionOperacion", "S1"),
        ("TipoImpositivo", f"{record.rate.normalize():f}"),
        ("BaseImponibleOimporteNoSujeto", euros(record.total_minor - record.tax_minor)),
        ("CuotaRepercutida", euros(record.tax_minor)),
    ]
    return [
        ("IDVersion", "1.0"),
        ("IDFactura", _invoice_id(record)),
        ("RefExterna", str(record.id)),
        ("NombreRazonEmisor", record.issuer_name),
        ("Subsanacion", "S" if record.revision else None),
        # The tax office did not accept the previous record, so this one is sent as new.
        ("RechazoPrevio", "X" if record.rejected else None),
        ("TipoFactura", kind),
        ("TipoRectificativa", "I" if kind.corrects else None),
        ("FacturasRectificadas", [("IDFacturaRectificada", parts)] if kind.corrects else None),
        ("FacturasSustituidas", [("IDFacturaSustituida", parts)] if kind is InvoiceKind.REPLACEMENT else None),
        ("FechaOperacion", day(record.sold_on) if record.sold_on != record.issued_on else None),
        ("DescripcionOperacion", record.description),
        ("Destinatarios", [("IDDestinatario", buyer)] if kind.names_buyer else None),
        ("Desglose", [("DetalleDesglose", lines)]),
        ("CuotaTotal", euros(record.tax_minor)),
        ("ImporteTotal", euros(record.total_minor)),
        *_chain(record, version),
    ]


def _cancellation(record: InvoiceRecord, version: str) -> Parts:
    return [
        ("IDVersion", "1.0"),
        ("IDFactura", _invoice_id(record, "Anulada")),
        ("RefExterna", str(record.id)),
        # A refused record does not exist at the tax office and cannot be cancelled.
        ("SinRegistroPrevio", "S" if record.rejected else None),
        *_chain(record, version),
    ]


def _chain(record: InvoiceRecord, version: str) -> Parts:
    chain_parts: Parts = [
        ("IDEmisorFactura", record.issuer_tax_id),
        ("NumSerieFactura", record.before or ""),
        ("FechaExpedicionFactura", day(record.before_on or record.issued_on)),
        ("Huella", record.before_hash or ""),
    ]
    system: Parts = [
        # An operator who runs the software for their own business signs its «declaración responsable» as its producer.
        *_who(record.issuer_name, record.issuer_tax_id),
        ("NombreSistemaInformatico", "Umbral"),
        ("IdSistemaInformatico", "UM"),
        ("Version", version),
        ("NumeroInstalacion", "1"),
        ("TipoUsoPosibleSoloVerifactu", "S"),
        ("TipoUsoPosibleMultiOT", "N"),
        ("IndicadorMultiplesOT", "N"),
    ]
    chain_start: Parts = [("PrimerRegistro", "S")]
    return [
        ("Encadenamiento", [("RegistroAnterior", chain_parts)] if record.before_hash else chain_start),
        ("SistemaInformatico", system),
        ("FechaHoraHusoGenRegistro", record.stamp),
        ("TipoHuella", "01"),
        ("Huella", record.hash),
    ]


def parse_answer(content: bytes, status: int) -> OfficeAnswer:
    """Return the tax office's response. Raises TaxOfficeFailed if the response is not XML, is a SOAP fault, or contains
    no result for any record.
    """
    try:
        # Expat resolves no external entities and refuses exponentially growing ones.
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise TaxOfficeFailed(f"it answers {status} and no XML") from error
    fault = next(root.iter(f"{_SOAP}Fault"), None)
    if fault is not None:
        raise TaxOfficeFailed((fault.findtext("faultstring") or "a fault")[:LONGEST_REASON])
    answers = list(_local(root, "RespuestaLinea"))
    state = next(iter(_local(root, "EstadoEnvio")), None)
    if state is None:
        raise TaxOfficeFailed(f"it answers {status} and nothing about the records")
    wait = next((each.text or "" for each in _local(root, "TiempoEsperaEnvio")), "")
    return OfficeAnswer(
        records=dict(_answers(answers)),
        csv=next((each.text for each in _local(root, "CSV")), None),
        wait=timedelta(seconds=int(wait) if wait.isdecimal() else _WAIT_S),
    )


def _answers(lines: Sequence[ElementTree.Element]) -> Iterator[tuple[UUID, RecordAnswer]]:
    for line in lines:
        fields = {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in line.iter()}
        try:
            record_id = UUID(fields.get("RefExterna", ""))
        except ValueError:
            continue
        state = _state(fields)
        if state is not None:
            code, reason = (
                fields.get("CodigoErrorRegistro"),
                fields.get("DescripcionErrorRegistro", "")[:LONGEST_REASON],
            )
            clean = state is RecordState.ACCEPTED
            yield (
                record_id,
                RecordAnswer(state=state, code=None if clean else code, reason=None if clean else reason or None),
            )


def _state(fields: Mapping[str, str]) -> RecordState | None:
    if "EstadoRegistroDuplicado" in fields:
        return _EARLIER_STATES.get(fields["EstadoRegistroDuplicado"])
    if fields.get("CodigoErrorRegistro") == _OF_CLOCKS:
        return RecordState.ACCEPTED
    return _STATES.get(fields.get("EstadoRegistro", ""))


def _local(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (each for each in root.iter() if each.tag.rpartition("}")[2] == name)
