"""Panel page that sends the evidence files about a payment to the chat."""

from typing import Final

from aiogram.types import BufferedInputFile

from bot.feature import ChatPart, PanelPart
from bot.panel.visit import Page, Stale, Visit
from features.evidence.files import EVIDENCE_KINDS, evidence_file
from features.evidence.wiring import EvidenceContainer
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = "p.evidence"


async def _send_files(visit: Visit) -> None:
    """Send all evidence files about a payment to the chat."""
    evidence = await EvidenceContainer(core=visit.use.core).load_evidence()(visit.who, visit.id())
    if evidence is None:
        raise Stale("no such payment")
    files = {kind: await evidence_file(evidence, kind, visit.t.language) for kind in EVIDENCE_KINDS}
    for kind, content in files.items():
        await visit.bot.send_document(visit.who, BufferedInputFile(content, f"{evidence.name}.{kind}"))


CHAT: Final = ChatPart(panel=PanelPart(pages={PAGE: Page(StaffAction.REFUND_PAYMENT, _send_files)}))
