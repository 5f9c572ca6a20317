"""Evidence as files: JSON for programs, PDF for people who judge."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Final

from pydantic import TypeAdapter

from features.evidence.domain import Evidence
from features.evidence.ports import EvidenceFiles

LANGUAGES: Final = ("es", "en")
"""Languages of the document; texts that the customer saw keep their language."""

EVIDENCE_KINDS: Final[Mapping[str, str]] = {"pdf": "application/pdf", "json": "application/json"}
"""Its files by their ending, with their media types."""


class WrittenEvidence:
    """EvidenceFiles as PDF and JSON."""

    def pdf(self, evidence: Evidence, language: str) -> bytes:
        """See the port."""
        # The library and the font are loaded with the first document.
        write = import_module(f"{__name__}.document").document
        content: bytes = write(evidence, language if language in LANGUAGES else LANGUAGES[-1])
        return content

    def json(self, evidence: Evidence) -> bytes:
        """See the port."""
        return TypeAdapter(Evidence).dump_json(evidence, indent=2)


def moment(at: datetime | None) -> str:
    """Return a timestamp as documents show it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "–"


EVIDENCE_FILES: Final[EvidenceFiles] = WrittenEvidence()


async def evidence_file(evidence: Evidence, kind: str, language: str) -> bytes:
    """Return the file of one of EVIDENCE_KINDS, made in a thread because it takes processor time."""
    if kind == "json":
        return await asyncio.to_thread(EVIDENCE_FILES.json, evidence)
    return await asyncio.to_thread(EVIDENCE_FILES.pdf, evidence, language)
