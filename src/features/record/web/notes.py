"""Line that summarizes a plan's tip record, on the public pages and in the console."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.record.domain.record_figures import Figures
from features.record.feature import sells_tips
from features.record.web.paths import record_page
from features.record.web.shown import record_line
from features.record.wiring import record_of
from subscriptions.application.catalog.site import PlanNote
from subscriptions.bootstrap.core import CoreContainer
from web.texts import raw_texts


@dataclass(frozen=True)
class RecordNote:
    """One-line summary of a plan's tip record; implements `PlanNote`."""

    soft_id: str
    figures: Figures

    def line(self, language: str, zone: ZoneInfo) -> str:
        """Implements `PlanNote.line`. The text is empty before the first result."""
        return record_line(self.figures, language, raw_texts(language)["record"]["card"], zone) or ""

    def path(self, language: str) -> str:
        """Implements `PlanNote.path`."""
        return record_page(self.soft_id).paths[language]


def read_notes(core: CoreContainer) -> Callable[[], Awaitable[Mapping[str, Sequence[PlanNote]]]] | None:
    """Return a function that loads the summary of each plan's tip record; None in a shop that sells no tips."""
    if not sells_tips(core.settings().vertical):
        return None
    read_record = record_of(core).read_record()

    async def read() -> Mapping[str, Sequence[PlanNote]]:
        return {
            view.plan.soft_id: [RecordNote(view.plan.soft_id, view.figures)]
            for view in await read_record.all()
            if view.figures.settled_count
        }

    return read
