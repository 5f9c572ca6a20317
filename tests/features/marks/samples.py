"""Sample screens of the leak search, «¿De quién es?»."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.screens.panel.frame import notice
from bot.texts import Texts
from features.marks import screens as leak
from features.marks.domain.leak_odds import Verdict
from features.marks.use_cases.trace_leak import LeakTrace, Suspect
from scripts import panel_samples as samples
from scripts.contact_samples import Shot


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the screens of every possible result."""
    ana, pedro = (
        Suspect(customer=who, plan="Retabet", pick="2026-11-20-1", sent_at=samples.NOW, wrong=wrong)
        for who, wrong in ((samples.ANA, 2.4e-7), (samples.PEDRO, 0.0))
    )
    shared = Suspect(customer=None, plan="VIP Mensual", pick="2026-11-20-2", sent_at=samples.NOW, wrong=1e-9)
    several = LeakTrace(verdict=Verdict.MIXED, suspects=[pedro, ana, shared], copies=412)
    others = [verdict for verdict in Verdict if verdict not in {Verdict.NAMED, Verdict.MIXED}]
    return [
        Shot(
            "a leaked copy, and whose",
            leak.trace_result(t, LeakTrace(verdict=Verdict.NAMED, suspects=[ana], copies=412)),
        ),
        Shot("put together from several", leak.trace_result(t, several)),
        *(
            Shot(f"not known: {verdict}", leak.trace_result(t, LeakTrace(verdict=verdict, suspects=[shared])))
            for verdict in others
        ),
        *(Shot(f"not asked: {why}", notice(t, f"leak.{why}", "leak")) for why in ("unkeyed", "unequipped", "away")),
    ]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"leak": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
