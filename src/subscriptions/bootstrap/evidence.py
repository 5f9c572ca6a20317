"""Evidence as files, for every process that hands it out."""

from subscriptions.domain.ports.evidence import EvidenceFiles
from subscriptions.infrastructure.evidence import WrittenEvidence

__all__ = ["EVIDENCE_FILES"]

EVIDENCE_FILES: EvidenceFiles = WrittenEvidence()
