"""Evidence about a payment as the web hands it out."""

import asyncio
from collections.abc import Mapping
from typing import Final

from subscriptions.bootstrap.evidence import EVIDENCE_FILES
from subscriptions.domain.entities.evidence import Evidence

EVIDENCE_KINDS: Final[Mapping[str, str]] = {"pdf": "application/pdf", "json": "application/json"}
"""Its files by their ending, with their media types."""


async def evidence_file(evidence: Evidence, kind: str, language: str) -> bytes:
    """The file of one of EVIDENCE_KINDS. It takes a moment of the processor, so it is made beside the loop."""
    if kind == "json":
        return await asyncio.to_thread(EVIDENCE_FILES.json, evidence)
    return await asyncio.to_thread(EVIDENCE_FILES.pdf, evidence, language)
