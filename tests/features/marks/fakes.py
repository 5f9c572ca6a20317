"""In-memory fakes of pictures, which are plain bytes: a watermarked copy is the original followed by its seed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from features.marks.domain.pick_marks import PickMarks
from features.marks.ports import NoPicture, PickPictures
from features.marks.use_cases.mark_copies import MarkCopies
from features.marks.use_cases.mark_picture import MarkPicture
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop


@dataclass
class MemoryPictures:
    """In-memory PickPictures.

    at: content by URL. fetched: requested URLs. errors: raised by the next fetches. hangs: URL that is answered only
        once `answer` is set; `hanging` is set when the URL is requested.
    """

    at: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    hangs: str | None = None
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if url == self.hangs:
            self.hanging.set()
            await self.answer.wait()
        if self.errors:
            raise self.errors.pop(0)
        return self.at.get(url, url.encode())

    async def mark_copy(self, original: bytes, seed: bytes) -> bytes:
        return original + b"|" + seed

    async def open(self, leak: bytes) -> MemoryLeak:
        if b"|" not in leak:
            raise NoPicture("no picture")
        return MemoryLeak(*leak.split(b"|", 1))


@dataclass
class MemoryLeak:
    """In-memory LeakedPicture."""

    original: bytes
    seed: bytes

    async def likeness(self, original: bytes) -> float:
        return float(original == self.original)

    async def correlations(self, original: bytes, seeds: Sequence[bytes]) -> Sequence[float] | None:
        if original != self.original:
            return None
        return [9.0 if seed in self.seed else 0.5 for seed in seeds]


def marked_newsroom(shop: Shop, marks: PickMarks, pictures: PickPictures | None = None) -> Newsroom:
    """Return a newsroom (test fixture that publishes posts) whose copies carry these watermarks."""
    of_all = pictures or MemoryPictures()
    return Newsroom(shop, copies=MarkCopies(marks, MarkPicture(shop.units, shop.clock, marks, lambda: of_all)))
