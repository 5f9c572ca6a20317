"""Simulator of Spain's tax office for invoice records: SOAP as in the WSDL and schemas of «Veri*factu».

The simulator checks the order of elements, the hash of each record, the chain, duplicates and cancellations. Tax
numbers are not checked, except `UNKNOWN`, which is unassigned. The simulator is called by plain HTTP, so without a
client certificate.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from xml.etree import ElementTree

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, JsonValue

from umbral_sandbox.world.world import World

UNKNOWN: Final = "00000000T"
"""Tax number whose check letter is correct and that is not assigned to anyone."""
WAIT_S: Final = 60
MARGIN: Final = timedelta(seconds=240)
AT_ONCE: Final = 1000
_SCHEMAS: Final = (
    "https://www2.agenciatributaria.gob.es/static_files/common/internet/dep/aplicaciones/es/aeat/tike/cont/ws"
)
_LR, _SF, _ANSWER = (
    f"{_SCHEMAS}/{name}.xsd" for name in ("SuministroLR", "SuministroInformacion", "RespuestaSuministro")
)
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_CHAINED: Final = "Encadenamiento SistemaInformatico FechaHoraHusoGenRegistro TipoHuella Huella"
_ORDERS: Final = {
    "RegistroAlta": "IDVersion IDFactura RefExterna? NombreRazonEmisor Subsanacion? RechazoPrevio? TipoFactura"
    " TipoRectificativa? FacturasRectificadas? FacturasSustituidas? FechaOperacion? DescripcionOperacion Destinatarios?"
    f" Desglose CuotaTotal ImporteTotal {_CHAINED}",
    "RegistroAnulacion": f"IDVersion IDFactura RefExterna? SinRegistroPrevio? RechazoPrevio? {_CHAINED}",
}
"""Elements of each kind of record. Elements with a question mark are optional; other elements of the schema are
unsupported.
"""
_ERRORS: Final = {
    1189: "Si TipoFactura es F1 o F3 o R1 o R2 o R3 o R4 el bloque Destinatarios tiene que estar cumplimentado.",
    1190: "Si TipoFactura es F2 o R5 el bloque Destinatarios no puede estar cumplimentado.",
    2000: "El cálculo de la huella suministrada es incorrecta.",
    2001: "El NIF del bloque Destinatarios no está identificado en el censo de la AEAT.",
    2003: "El contenido de la huella del registro anterior no cumple con las especificaciones.",
    2004: "El valor del campo FechaHoraHusoGenRegistro debe ser la fecha actual del sistema de la AEAT, admitiéndose un"
    " margen de error de: 240 segundos.",
    2006: "El campo CuotaTotal tiene un valor incorrecto para el valor de los campos suministrados.",
    2007: "No debe informarse como primer registro, existen registros de facturación anteriores.",
    3000: "Registro de facturación duplicado.",
    3001: "El registro de facturación ya ha sido dado de baja.",
    3002: "No existe el registro de facturación.",
}
_ACCEPTED: Final = range(2000, 3000)
"""Codes of records that are accepted with errors; all other codes are refusals."""
_NAMELESS: Final = frozenset({"F2", "R5"})
"""Kinds of invoices without a named buyer."""


class TaxRecord(BaseModel):
    """Stored record of an invoice. kind: kind of the invoice. state: state as the office reports it."""

    issuer: str
    number: str
    day: str
    kind: str
    total: str
    buyer: str
    corrects: str
    replaces: str = ""
    state: str
    hash: str
    corrections: int = 0


class TaxChain(BaseModel):
    """Last hash of an issuer's chain."""

    hash: str


class _Fault(Exception):
    """Raised if the tax office refuses the whole call."""


class TaxOffice:
    """Simulated tax office, which stores the received invoice records by issuer, number and day."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.store.collection("tax_records", TaxRecord)
        self._chains = world.store.collection("tax_chains", TaxChain)
        world.state_parts["tax_office"] = self._state

    def router(self) -> APIRouter:
        """Return the service's routes, below `/aeat`."""
        router = APIRouter(prefix="/aeat/wlpl/TIKE-CONT")
        router.add_api_route("/ws/SistemaFacturacion/VerifactuSOAP", self._take, methods=["POST"])
        return router

    def _state(self) -> JsonValue:
        return [each.model_dump(mode="json") for each in self._records.values()]

    async def _take(self, request: Request) -> Response:
        try:
            answer = self._answered(await request.body())
        except _Fault as fault:
            envelope = _envelope()
            told = ElementTree.SubElement(envelope[0], f"{{{_SOAP}}}Fault")
            ElementTree.SubElement(told, "faultcode").text = "env:Client"
            ElementTree.SubElement(told, "faultstring").text = str(fault)
            return _response(envelope, 500)
        self._world.commit()
        return _response(answer, 200)

    def _answered(self, body: bytes) -> ElementTree.Element:
        call = _call(body)
        head, told = call.find(f"{{{_LR}}}Cabecera"), call.findall(f"{{{_LR}}}RegistroFactura")
        issuer = _text(head, "ObligadoEmision", "NIF") if head is not None else ""
        if not issuer or not 0 < len(told) <= AT_ONCE:
            raise _Fault("Codigo[4102].El XML no cumple el esquema. Falta informar campo obligatorio.")
        late = head is not None and _text(head, "RemisionVoluntaria", "Incidencia") == "S"
        envelope = _envelope()
        answer = ElementTree.SubElement(envelope[0], f"{{{_ANSWER}}}RespuestaRegFactuSistemaFacturacion")
        records = [_record(each) for each in told]
        taken = [(record, self._judge(record, issuer, late)) for record in records]
        worst = [code for _, code in taken if code is not None]
        if len([code for code in worst if code not in _ACCEPTED]) < len(taken):
            _say(answer, _ANSWER, "CSV", f"A-{self._world.ids.next('tax office'):016d}")
        who = ElementTree.SubElement(
            ElementTree.SubElement(answer, f"{{{_ANSWER}}}Cabecera"), f"{{{_SF}}}ObligadoEmision"
        )
        _say(who, _SF, "NombreRazon", _text(head, "ObligadoEmision", "NombreRazon") if head is not None else "")
        _say(who, _SF, "NIF", issuer)
        _say(answer, _ANSWER, "TiempoEsperaEnvio", str(WAIT_S))
        all_refused = len(worst) == len(taken) and all(code not in _ACCEPTED for code in worst)
        _say(
            answer,
            _ANSWER,
            "EstadoEnvio",
            "Incorrecto" if all_refused else "ParcialmenteCorrecto" if worst else "Correcto",
        )
        for record, code in taken:
            self._line(answer, record, code)
        return envelope

    def _judge(self, record: ElementTree.Element, issuer: str, late: bool) -> int | None:
        """Store the record unless it is refused; return the code of the record's error, or None."""
        is_invoice, key = _name(record) == "RegistroAlta", _key(record)
        if key[0] != issuer:
            raise _Fault("Codigo[4109].El NIF de la cabecera no es el del emisor de las facturas.")
        held = self._records.get("|".join(key))
        if is_invoice:
            if held is not None and _text(record, "Subsanacion") != "S":
                return 3000
            is_named = bool(_text(record, "Destinatarios", "IDDestinatario", "NIF"))
            if is_named is (_text(record, "TipoFactura") in _NAMELESS):
                return 1190 if is_named else 1189
        elif held is None and _text(record, "SinRegistroPrevio") != "S":
            return 3002
        elif held is not None and held.state == "Anulada":
            return 3001
        code = self._flaw(record, issuer, late)
        held = held or TaxRecord(
            issuer=key[0], number=key[1], day=key[2], kind="", total="", buyer="", corrects="", state="", hash=""
        )
        if is_invoice:
            held.corrections += 1 if held.hash else 0
            held.kind, held.total = _text(record, "TipoFactura"), _text(record, "ImporteTotal")
            held.buyer = _text(record, "Destinatarios", "IDDestinatario", "NIF")
            held.corrects = _text(record, "FacturasRectificadas", "IDFacturaRectificada", "NumSerieFactura")
            held.replaces = _text(record, "FacturasSustituidas", "IDFacturaSustituida", "NumSerieFactura")
            held.state = "AceptadaConErrores" if code else "Correcta"
        else:
            held.state = "Anulada"
        held.hash = _text(record, "Huella")
        self._records.put("|".join(key), held)
        self._chains.put(issuer, TaxChain(hash=held.hash))
        return code

    def _flaw(self, record: ElementTree.Element, issuer: str, late: bool) -> int | None:
        """Return the code of an error with which the record is still accepted, or None."""
        chain = self._chains.get(issuer)
        before = _text(record, "Encadenamiento", "RegistroAnterior", "Huella")
        if before != (chain.hash if chain is not None else ""):
            return 2003 if before else 2007
        if _hash(record) != _text(record, "Huella"):
            return 2000
        tax = _text(record, "Desglose", "DetalleDesglose", "CuotaRepercutida")
        if tax != _text(record, "CuotaTotal"):
            return 2006
        if _text(record, "Destinatarios", "IDDestinatario", "NIF") == UNKNOWN:
            return 2001
        made = datetime.fromisoformat(_text(record, "FechaHoraHusoGenRegistro"))
        return 2004 if abs(self._world.clock.now() - made) > MARGIN and not late else None

    def _line(self, answer: ElementTree.Element, record: ElementTree.Element, code: int | None) -> None:
        line, key = ElementTree.SubElement(answer, f"{{{_ANSWER}}}RespuestaLinea"), _key(record)
        invoice = ElementTree.SubElement(line, f"{{{_ANSWER}}}IDFactura")
        for name, value in zip(("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura"), key, strict=True):
            _say(invoice, _SF, name, value)
        operation = ElementTree.SubElement(line, f"{{{_ANSWER}}}Operacion")
        _say(operation, _SF, "TipoOperacion", "Alta" if _name(record) == "RegistroAlta" else "Anulacion")
        if reference := _text(record, "RefExterna"):
            _say(line, _ANSWER, "RefExterna", reference)
        state = "Correcto" if code is None else "AceptadoConErrores" if code in _ACCEPTED else "Incorrecto"
        _say(line, _ANSWER, "EstadoRegistro", state)
        if code is None:
            return
        _say(line, _ANSWER, "CodigoErrorRegistro", str(code))
        _say(line, _ANSWER, "DescripcionErrorRegistro", _ERRORS[code])
        held = self._records.get("|".join(key))
        if code in {3000, 3001} and held is not None:
            double = ElementTree.SubElement(line, f"{{{_ANSWER}}}RegistroDuplicado")
            _say(double, _SF, "IdPeticionRegistroDuplicado", "1")
            _say(double, _SF, "EstadoRegistroDuplicado", held.state)


def _call(body: bytes) -> ElementTree.Element:
    try:
        # Expat resolves no external entities, and refuses exponential entity expansion.
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise _Fault("Codigo[4104].Error en la cabecera: XML mal formado.") from error
    call = root.find(f"{{{_SOAP}}}Body/{{{_LR}}}RegFactuSistemaFacturacion")
    if call is None:
        raise _Fault("Codigo[4102].El XML no cumple el esquema.")
    return call


def _record(told: ElementTree.Element) -> ElementTree.Element:
    """Return the only record inside the element. Raise _Fault if the record's elements do not have the order of the
    schema.
    """
    record = told[0] if len(told) == 1 else None
    if record is None or _name(record) not in _ORDERS:
        raise _Fault("Codigo[4102].El XML no cumple el esquema.")
    names = iter([_name(each) for each in record])
    name = next(names, None)
    for expected in _ORDERS[_name(record)].split():
        if name == expected.removesuffix("?"):
            name = next(names, None)
        elif not expected.endswith("?"):
            raise _Fault(f"Codigo[4102].El XML no cumple el esquema. Falta informar campo obligatorio.: {expected}")
    if name is not None:
        raise _Fault(f"Codigo[4102].El XML no cumple el esquema. Campo no esperado.: {name}")
    return record


def _key(record: ElementTree.Element) -> tuple[str, str, str]:
    end = "" if _name(record) == "RegistroAlta" else "Anulada"
    issuer, number, day = (
        _text(record, "IDFactura", f"{name}{end}")
        for name in ("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura")
    )
    return issuer, number, day


def _hash(record: ElementTree.Element) -> str:
    """Calculate the hash as in «Detalle de las especificaciones técnicas para generación de la huella»."""
    end = "" if _name(record) == "RegistroAlta" else "Anulada"
    names = ("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura")
    fields = [f"{name}{end}={value}" for name, value in zip(names, _key(record), strict=True)]
    if not end:
        fields += [f"{name}={_text(record, name)}" for name in ("TipoFactura", "CuotaTotal", "ImporteTotal")]
    fields.append(f"Huella={_text(record, 'Encadenamiento', 'RegistroAnterior', 'Huella')}")
    fields.append(f"FechaHoraHusoGenRegistro={_text(record, 'FechaHoraHusoGenRegistro')}")
    return hashlib.sha256("&".join(fields).encode()).hexdigest().upper()


def _text(parent: ElementTree.Element, *path: str) -> str:
    found = parent.findtext("/".join(f"{{{_SF}}}{name}" for name in path))
    return (found or "").strip()


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _envelope() -> ElementTree.Element:
    envelope = ElementTree.Element(f"{{{_SOAP}}}Envelope")
    ElementTree.SubElement(envelope, f"{{{_SOAP}}}Body")
    return envelope


def _say(parent: ElementTree.Element, space: str, name: str, value: str) -> None:
    ElementTree.SubElement(parent, f"{{{space}}}{name}").text = value


def _response(envelope: ElementTree.Element, status: int) -> Response:
    content = ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return Response(content, status, media_type="text/xml")
