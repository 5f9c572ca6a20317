"""Evidence as files: JSON for programs, PDF for people who judge."""

from datetime import datetime
from importlib import import_module
from typing import Final

from pydantic import TypeAdapter

from features.evidence.domain import Evidence
from features.evidence.ports import EvidenceFiles

LANGUAGES: Final = ("es", "en")
"""In which the document is written; what the customer was shown stays in the words that they saw."""


class WrittenEvidence:
    """Both files."""

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
    """A point in time as documents have it: UTC, whoever reads."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else "–"


EVIDENCE_FILES: Final[EvidenceFiles] = WrittenEvidence()
