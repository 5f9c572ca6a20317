"""The entry steps in the simulated year."""

from __future__ import annotations

from features.vip.chat import step_desk
from features.vip.use_cases.vip_entry_service import VIPEntryService
from subscriptions.bootstrap.bot import BotContainer


def _steps(container: BotContainer) -> VIPEntryService:
    return step_desk(container).vip_entry_service


STEPS = {"vip": _steps}
COUNTS = {"stage 2": None, "code gives": None}
"""Events that must occur when the test simulates a busy week."""
