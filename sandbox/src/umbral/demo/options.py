"""Options of `umbral demo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoOptions:
    """Options of a demo. Port 0 is any free one, or that of the last run; without a seed each folder has its own.

    apart: each process of the product loads its modules separately, as in production, instead of being forked from one
    that has loaded the common ones. bot_alone: without the userbot. settings: names and values that override the demo's
    own, in this run.
    """

    data_dir: Path = Path(".demo")
    port: int = 0
    ready_file: Path | None = None
    browser: bool = True
    restart: bool = True
    seed: int | None = None
    fresh: bool = False
    apart: bool = False
    bot_alone: bool = False
    settings: Sequence[tuple[str, str]] = ()
