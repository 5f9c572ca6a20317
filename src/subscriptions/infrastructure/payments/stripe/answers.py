"""Submission of evidence in disputes (https://docs.stripe.com/disputes/api). The document is uploaded as a file and
then submitted with text fields.
"""

import io
from hashlib import sha256
from typing import Final

from stripe.params import DisputeUpdateParams

from subscriptions.domain.ports.payment_facts import EVIDENCE_TOO_LARGE
from subscriptions.domain.ports.payment_gateway import DisputeAnswer, DisputeDeadline, GatewayRejected
from subscriptions.infrastructure.payments.stripe.disputes import retrieve_dispute
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER, translate_errors
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain

_OPEN: Final = frozenset({"needs_response", "warning_needs_response"})
_LARGEST: Final = 5_000_000
"""Maximum size of an evidence file in bytes (https://docs.stripe.com/file-upload)."""
_LONGEST: Final = 20_000
"""Maximum number of characters of one text field."""
_MARK: Final = "umbral_evidence"


async def dispute_deadline(wire: Wire, key: str) -> DisputeDeadline | None:
    """Return the deadline that Stripe states for the dispute, or None if the dispute does not exist."""
    async with translate_errors():
        dispute = await retrieve_dispute(wire, key)
    if dispute is None:
        return None
    return DisputeDeadline(open=dispute.text("status") in _OPEN, until=dispute.at("evidence_details").moment("due_by"))


async def submit_evidence(wire: Wire, key: str, answer: DisputeAnswer, idempotency_key: str) -> bool:
    """Submit the evidence, which is possible only once. Return False if the dispute does not exist or accepts no
    evidence.

    A document that is rendered again after a failure has other bytes. Stripe refuses the same idempotency key with
    other parameters, so the key is derived from the document. The dispute's metadata records that the evidence was
    submitted.
    """
    if len(answer.document) > _LARGEST:
        raise GatewayRejected(PROVIDER, f"a file may have {_LARGEST} bytes", code=EVIDENCE_TOO_LARGE)
    async with translate_errors():
        dispute = await retrieve_dispute(wire, key)
        if dispute is None:
            return False
        if dispute.at("metadata").text(_MARK) == idempotency_key:
            return True
        if dispute.text("status") not in _OPEN:
            return False
        file, digest = _File(answer.document, f"{answer.name}.pdf"), sha256(answer.document).hexdigest()[:16]
        upload = plain(
            await wire.client.v1.files.create_async(
                {"file": file, "purpose": "dispute_evidence"}, {"idempotency_key": f"{idempotency_key}:file:{digest}"}
            ),
            "file",
        )
        document = upload.text("id") or ""
        await wire.client.v1.disputes.update_async(
            key, _update(answer, document, idempotency_key), {"idempotency_key": f"{idempotency_key}:{document}"}
        )
    return True


def _update(answer: DisputeAnswer, file: str, mark: str) -> DisputeUpdateParams:
    return {
        "evidence": {
            "customer_name": answer.customer[:_LONGEST],
            "product_description": answer.product[:_LONGEST],
            "service_date": f"{answer.began:%Y-%m-%d}",
            "service_documentation": file,
            "access_activity_log": answer.activity[:_LONGEST],
            "uncategorized_text": answer.summary[:_LONGEST],
        },
        "metadata": {_MARK: mark},
        "submit": True,
    }


class _File(io.BytesIO):
    """File object with a name, which Stripe's library requires."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name
