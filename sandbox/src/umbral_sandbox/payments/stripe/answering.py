"""Handlers of the Stripe API's operations by which a seller answers a dispute: upload of files and submission of
evidence.
"""

import hashlib
from typing import Final

from umbral_sandbox.payments.stripe.account import Account, found
from umbral_sandbox.payments.stripe.ask import Ask
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.events import noticed
from umbral_sandbox.payments.stripe.form import Tree
from umbral_sandbox.payments.stripe.parameters.money import FILES
from umbral_sandbox.payments.stripe.records import JsonObject, Upload
from umbral_sandbox.payments.stripe.shapes import money as shapes

LARGEST: Final = 5_000_000
"""Maximum number of bytes of a file for a dispute, and of all files of one dispute
(https://docs.stripe.com/file-upload).
"""
LONGEST: Final = 150_000
"""Maximum number of characters of all fields of evidence together."""
_BEGINNINGS: Final = {b"%PDF-": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}


def described(name: str, content: bytes) -> Tree:
    """Return a description of an upload (name, hash, size, kind), by which a repeated request is recognized. The kind
    follows from the first bytes.
    """
    kind = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), "unknown")
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "sha256": digest, "size": str(len(content)), "kind": kind}


def create_file(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/files``."""
    given = ask.given.tree("file")
    kind, size = given.text("kind") or "", given.number("size") or 0
    if kind not in _BEGINNINGS.values():
        raise StripeError("Files with the purpose `dispute_evidence` are JPG, PDF or PNG.", param="file")
    if size > LARGEST:
        raise StripeError("The file you uploaded exceeds the maximum size of 5 MB.", param="file")
    upload = Upload.model_validate(
        {
            **account.stamp("file"),
            "name": given.text("name") or "blob",
            "kind": kind,
            "size": size,
            "purpose": ask.given.text("purpose"),
            "sha256": given.text("sha256"),
        }
    )
    account.uploads.put(upload.id, upload)
    return file_shape(upload)


def retrieve_file(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/files/{id}``."""
    return file_shape(found(account.uploads, ask.id, "file"))


def update_dispute(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/disputes/{id}``: stage or submit evidence. Evidence can be submitted once, because a bank reads
    it once.
    """
    case, given = found(account.disputes, ask.id, "dispute"), ask.given.tree("evidence")
    if case.status in {"won", "lost"}:
        raise StripeError("This dispute is already closed.", code="dispute_closed")
    if case.submissions or account.now() > case.due_by:
        raise StripeError("Evidence for this dispute can no longer be submitted.", code="dispute_past_due")
    evidence = {**case.evidence, **{name: given.text(name) for name in given.values}}
    files = [
        found(account.uploads, key, "file", f"evidence[{name}]")
        for name, key in evidence.items()
        if name in FILES and key
    ]
    if sum(each.size for each in files) > LARGEST:
        raise StripeError("The files of a dispute can have 5 MB together.", param="evidence")
    if sum(len(text or "") for text in evidence.values()) > LONGEST:
        raise StripeError(f"Evidence can have {LONGEST} characters at most.", param="evidence")
    with noticed(account, "charge.dispute.updated", lambda: shapes.dispute(case)):
        case.metadata = ask.given.pairs(case.metadata)
        case.evidence = evidence
        # Evidence is submitted unless `submit` is false.
        if evidence and ask.given.flag("submit") is not False:
            case.status, case.submissions = "under_review", 1
        account.disputes.put(case.id, case)
    return shapes.dispute(case)


def file_shape(record: Upload) -> JsonObject:
    """Return an uploaded file in its wire format."""
    return {
        "id": record.id,
        "object": "file",
        "created": record.created,
        "expires_at": None,
        "filename": record.name,
        "links": {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={record.id}"},
        "purpose": record.purpose,
        "size": record.size,
        "title": None,
        "type": record.kind,
        "url": f"https://files.stripe.com/v1/files/{record.id}/contents",
    }
