"""Recorded payloads of real providers, in a configured folder: `{folder}/{provider}/*.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SETTING: Final = "UMBRAL_PAYLOADS"


def folder_of(provider: str) -> Path | None:
    """Return the folder of this provider's recordings; None if `UMBRAL_PAYLOADS` is empty or names no folder with such
    a subfolder.
    """
    given = os.environ.get(SETTING, "").strip()
    folder = Path(given) / provider if given else None
    return folder if folder is not None and folder.is_dir() else None


def contents(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Yield each recording and its content: parsed JSON, or the text if it is not JSON."""
    for path in sorted(folder.rglob("*.json")):
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            yield path, json.loads(text)
        except ValueError:
            yield path, text
