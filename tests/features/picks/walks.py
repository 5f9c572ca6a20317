"""Data about posts used by the tests that check every operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from features.picks.web.api import PICKS

API_PATHS: Final[Mapping[str, None]] = dict.fromkeys((PICKS, f"{PICKS}/{{key}}"))
"""API paths of the feature."""
KEYED: Final[Mapping[str, None]] = {"send_pick": None}
"""Operations of the API, other than commands, that take an Idempotency-Key."""
WIRED: Final[Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]] = {
    "picks": {"web": [("features.picks.use_cases.accept_pick", "AcceptPick")]}
}
"""Use cases of the feature that each process creates, except those of staff commands."""
