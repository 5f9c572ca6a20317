"""Class of the entry service that shops in tests use, by feature name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from features.vip.use_cases.vip_entry_service import VIPEntryService

ENTRY_SERVICE: Final[Mapping[str, Callable[..., VIPEntryService]]] = {"vip": VIPEntryService}
