"""Evidence about a payment: API operations for programs, and files in the console."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from features.evidence import domain as parts
from features.evidence.domain import DisputeResponse
from features.evidence.files import EVIDENCE_KINDS, evidence_file
from features.evidence.use_cases.load_evidence import LoadEvidence
from features.evidence.wiring import EvidenceContainer
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import Program
from subscriptions.domain.services.staff_policy import StaffAction
from web.authentication import KEY_ABILITIES, KEY_NAME
from web.concurrency import ConcurrencyLimit
from web.console.frame import HEADERS
from web.console.visit import PageGone, Visit
from web.feature import ApiTools, WebPart
from web.problems import V1, refusal
from web.routes.writing import dependencies, describe, problems

_ABILITY: Final = StaffAction.REFUND_PAYMENT.ability
_PAYMENTS: Final = f"{V1}/payments"
_PATH: Final = f"{_PAYMENTS}/{{payment_id}}/evidence"
PaymentKey = Annotated[UUID, Path(description="The id of the payment, as the list of payments has it.")]

AsSent = Annotated[
    bool,
    Query(
        alias="sent",
        description="true: what the provider was sent about the newest dispute, instead of what is on record now.",
    ),
]


class MoneyOut(BaseModel):
    """Amount of money. minor: amount in the currency's smallest unit."""

    minor: int
    currency: str


class EvidencePaymentOut(BaseModel):
    """Disputed payment."""

    id: UUID
    reference: str
    provider: str
    provider_key: str
    amount: MoneyOut
    status: str
    renewal: bool
    paid_at: datetime


class EvidenceOrderOut(BaseModel):
    """Ordered plan. every: billing interval of a plan that renews."""

    plan: str
    price: MoneyOut
    every: str | None
    gift: bool
    ordered_at: datetime
    paid_at: datetime | None


class EvidenceRefundOut(BaseModel):
    """Refund of the payment."""

    amount: MoneyOut
    status: str
    refunded_at: datetime


class EvidenceOut(BaseModel):
    """All evidence on record about one payment. begins, ends: period that the payment paid for. left_out: number of
    older
    posts and messages that are not listed. form: version of this document's format.
    """

    seller: str
    site: str
    made_at: datetime
    payment: EvidencePaymentOut
    customer: parts.EvidenceCustomer
    order: EvidenceOrderOut
    begins: datetime | None
    ends: datetime | None
    consents: Sequence[parts.EvidenceConsent]
    declarations: Sequence[parts.EvidenceDeclaration]
    invites: Sequence[parts.EvidenceInvite]
    joins: Sequence[parts.EvidenceJoin]
    picks: Sequence[parts.EvidencePick]
    messages: Sequence[parts.EvidenceMessage]
    refunds: Sequence[EvidenceRefundOut]
    disputes: Sequence[parts.EvidenceDispute]
    left_out: int
    form: str


def evidence_router(use: Callable[[], LoadEvidence], concurrency: ConcurrencyLimit) -> APIRouter:
    """Create the routes that return the evidence as JSON and as a document."""
    router = APIRouter(responses=problems(409, 413), dependencies=dependencies())

    async def answer(request: Request, payment_id: UUID, kind: str, *, as_sent: bool) -> Response:
        program = Program(getattr(request.state, KEY_NAME), getattr(request.state, KEY_ABILITIES))
        async with concurrency.slot():
            try:
                if as_sent:
                    return _as_sent(await use().get_response(program, payment_id), kind)
                evidence = await use()(program, payment_id)
            except NotAllowed:
                return refusal(_PAYMENTS, 403, f"send a key that may {_ABILITY}")
            if evidence is None:
                return refusal(_PAYMENTS, 404, "there is no such payment")
            content = await evidence_file(evidence, kind, "en")
        return Response(content, media_type=EVIDENCE_KINDS[kind], headers=_headers(f"{evidence.name}.{kind}"))

    @router.get(
        _PATH,
        response_model=EvidenceOut,
        operation_id="get_evidence",
        summary="Evidence about a payment",
        description=describe(f"payments` and `{_ABILITY}", "Return what is on record about a payment, for a dispute."),
    )
    async def get_evidence(request: Request, payment_id: PaymentKey, as_sent: AsSent = False) -> Response:
        return await answer(request, payment_id, "json", as_sent=as_sent)

    @router.get(
        f"{_PATH}.pdf",
        response_class=Response,
        responses=_DOCUMENT,
        operation_id="get_evidence_document",
        summary="Evidence about a payment, as a PDF",
        description=describe(f"payments` and `{_ABILITY}", "Return the same evidence as a document, in English."),
    )
    async def get_evidence_document(request: Request, payment_id: PaymentKey, as_sent: AsSent = False) -> Response:
        return await answer(request, payment_id, "pdf", as_sent=as_sent)

    return router


def _as_sent(response: DisputeResponse | None, kind: str) -> Response:
    content = (response.document if kind == "pdf" else response.record) if response is not None else None
    if content is None:
        return refusal(
            _PAYMENTS, 404, "nothing was sent to the provider about this payment; without `sent` it is gathered"
        )
    return Response(content, media_type=EVIDENCE_KINDS[kind], headers=_headers(f"evidence-sent.{kind}"))


_DOCUMENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


def _headers(name: str) -> Mapping[str, str]:
    return {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}


async def _evidence(visit: Visit) -> Response:
    """Return the evidence about a payment as a file."""
    kind, load_evidence = visit.request.path_params["kind"], EvidenceContainer(core=visit.use.core).load_evidence()
    # A refusal is recorded in the audit log.
    await visit.use.desk().check(visit.who, StaffAction.REFUND_PAYMENT)
    if kind == "sent":
        response = await load_evidence.get_response(visit.who, visit.id())
        if response is None:
            raise PageGone("nothing was sent")
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="evidence-sent.pdf"'}
        return Response(response.document, headers=headers, media_type=EVIDENCE_KINDS["pdf"])
    evidence = await load_evidence(visit.who, visit.id()) if kind in EVIDENCE_KINDS else None
    if evidence is None:
        raise PageGone("no such evidence")
    content = await evidence_file(evidence, kind, visit.words.language)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{evidence.name}.{kind}"'}
    return Response(content, headers=headers, media_type=EVIDENCE_KINDS[kind])


def _api(tools: ApiTools) -> APIRouter:
    @cache
    def load_evidence() -> LoadEvidence:
        # Wired at the first request, because the description of the API is generated without a core.
        return EvidenceContainer(core=tools.console).load_evidence()

    return evidence_router(load_evidence, tools.concurrency)


WEB: Final = WebPart(api=_api, files={"/payments/{id}/evidence.{kind}": _evidence})
