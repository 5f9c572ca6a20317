"""Submission of evidence in disputes (Customer Disputes v1, provide-evidence), as a form that contains JSON and the
evidence document.
"""

import json
from typing import Final

from subscriptions.domain.ports.payment_facts import EVIDENCE_TOO_LARGE
from subscriptions.domain.ports.payment_gateway import DisputeAnswer, DisputeDeadline, GatewayRejected
from subscriptions.infrastructure.payments.paypal.disputes import DISPUTES, find_case
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, Refusal
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

_LARGEST: Final = 10 * 1024 * 1024 - 1
_NOTES: Final = 2000
"""Maximum number of characters of the notes in a dispute's evidence."""
_TYPE: Final = "PROOF_FOR_SOFTWARE_OR_SERVICE_DELIVERED"
_OPENS: Final = frozenset({"provide_evidence", "provide-evidence"})
"""Values of `rel` of the link that a dispute has while it accepts evidence."""
_CLOSED_CODE: Final = "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"


async def dispute_deadline(wire: Wire, key: str) -> DisputeDeadline | None:
    """Return the deadline that PayPal states for the dispute, or None if the dispute does not exist."""
    case = await find_case(wire, key)
    if case is None:
        return None
    return DisputeDeadline(open=_takes(case), until=case.moment("seller_response_due_date"))


async def submit_evidence(wire: Wire, key: str, answer: DisputeAnswer) -> bool:
    """Submit the evidence. Return False if the dispute does not exist or no longer accepts evidence.

    The call has no idempotency key, so a repetition is detected by the document's name in the dispute.
    """
    if len(answer.document) > _LARGEST:
        raise GatewayRejected(PROVIDER, f"a file may have {_LARGEST} bytes", code=EVIDENCE_TOO_LARGE)
    name = f"{answer.name}.pdf"
    case = await find_case(wire, key)
    if case is None:
        return False
    if name in _file_names(case):
        return True
    if not _takes(case):
        return False
    evidence = {"evidence_type": _TYPE, "documents": [{"name": name}], "notes": answer.summary[:_NOTES]}
    parts: dict[str, tuple[str | None, bytes, str]] = {
        "input": (None, json.dumps({"evidences": [evidence]}).encode(), "application/json"),
        "evidence-file": (name, answer.document, "application/pdf"),
    }
    try:
        await wire.post_parts(f"{DISPUTES}/{key}/provide-evidence", parts)
    except Refusal as refusal:
        if refusal.code == _CLOSED_CODE:
            return False
        raise
    return True


def _takes(case: Node) -> bool:
    return any(link.text("rel") in _OPENS for link in case.items("links"))


def _file_names(case: Node) -> set[str | None]:
    return {each.text("name") for evidence in case.items("evidences") for each in evidence.items("documents")}
