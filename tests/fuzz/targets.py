"""All fuzz targets by name, with their seeds: generated inputs, and files of inputs that caused earlier findings."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.fuzz import webhooks, words
from tests.support.of_features import of_features

CORPUS: Final = Path(__file__).with_name("corpus")
_OWN: Final = {kind: [*made] for part in (webhooks, words) for kind, made in part.seeds().items()}
_SEEDS: Final = {**_OWN, **of_features("fuzz", "SEEDS")}

TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    **{kind: getattr(webhooks if hasattr(webhooks, kind) else words, kind) for kind in _OWN},
    **of_features("fuzz", "TARGETS"),
}
"""Fuzz targets by name. Each target accepts any bytes and raises no error."""


def corpus(target: str) -> Sequence[bytes]:
    """Return the seeds of a target."""
    found = sorted(path for path in (CORPUS / target).glob("*") if path.is_file())
    return [*map(_bytes, _SEEDS[target]), *(path.read_bytes() for path in found)]


def _bytes(seed: Any) -> bytes:
    if isinstance(seed, bytes):
        return seed
    return (seed if isinstance(seed, str) else json.dumps(seed)).encode()
