"""Evidence files: JSON for programs, and PDF for the people who decide a dispute."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Final

from pydantic import TypeAdapter

from features.evidence.domain import Evidence
from features.evidence.ports import EvidenceFiles

LANGUAGES: Final = ("es", "en")
"""Languages of the document. Texts that were shown to the customer are quoted in their original language."""

EVIDENCE_KINDS: Final[Mapping[str, str]] = {"pdf": "application/pdf", "json": "application/json"}
"""Media types of the evidence files, keyed by file extension."""


class WrittenEvidence:
    """Writer of evidence as PDF and JSON, an implementation of EvidenceFiles."""

    def pdf(self, evidence: Evidence, language: str) -> bytes:
        """Implements `EvidenceFiles.pdf`."""
        # The PDF library and the font are loaded with the first document.
        write = import_module(f"{__name__}.document").document
        content: bytes = write(evidence, language if language in LANGUAGES else LANGUAGES[-1])
        return content

    def json(self, evidence: Evidence) -> bytes:
        """Implements `EvidenceFiles.json`."""
        return TypeAdapter(Evidence).dump_json(evidence, indent=2)


def moment(at: datetime | None) -> str:
    """Format a timestamp for documents, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "–"


EVIDENCE_FILES: Final[EvidenceFiles] = WrittenEvidence()


async def evidence_file(evidence: Evidence, kind: str, language: str) -> bytes:
    """Create the file of one of EVIDENCE_KINDS. The work is done in a thread, because it is CPU-bound."""
    if kind == "json":
        return await asyncio.to_thread(EVIDENCE_FILES.json, evidence)
    return await asyncio.to_thread(EVIDENCE_FILES.pdf, evidence, language)
