"""Options of `umbral demo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoOptions:
    """Options of a demo.

    data_dir: folder of the demo
    port: port of the product's page; 0 for the port of the last run, or any free port
    seed: seed of the world; without a seed, each folder has its own
    apart: True to load the modules of each process separately, as in production; False to load common modules once
    bot_alone: True to omit the userbot
    settings: names and values that override the demo's settings in this run
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
