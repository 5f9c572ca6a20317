"""What a plan opens is asked for its properties: nobody but the kinds asks which of the two old ones it is."""

from __future__ import annotations

import re
from typing import Final

from tests.architecture.conftest import ROOT

SWITCH: Final = re.compile(r"\.is_shared\b|\b(?:AccessKind|ChannelKind)\.[A-Z]")
KNOWS: Final = (
    "domain/entities/",
    "application/access/kinds/",
    "application/access/resource_kind.py",
    "infrastructure/",
)
"""Where the words are defined, are mapped to a kind, or name rows."""
LEFT: Final = {
    "bot/panel/pages/catalog/offer_ask.py": 1,
    "subscriptions/application/access/personal_channel.py": 1,
    "subscriptions/application/alarms/alarm_causes.py": 1,
    "subscriptions/application/catalog/browse_plans.py": 1,
    "subscriptions/application/catalog/manage_plans.py": 1,
    "subscriptions/application/catalog/overlaps.py": 2,
    "subscriptions/application/catalog/plan_fields.py": 1,
    "subscriptions/application/catalog/pricing_service.py": 2,
    "subscriptions/application/messages/payment_messages.py": 1,
    "subscriptions/application/messages/subscription_messages.py": 1,
    "subscriptions/application/views/explain_access.py": 1,
    "subscriptions/application/views/see_customers.py": 2,
    "subscriptions/bootstrap/demo_data.py": 1,
    "subscriptions/domain/services/remainder_policy.py": 2,
    "web/console/pages/planning.py": 2,
}
"""How many are still to be asked otherwise: plans by the two old words, and their texts. It only shrinks."""


def switches() -> dict[str, int]:
    """By file, below src/."""
    found = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = path.relative_to(ROOT / "src").as_posix()
        if not any(known in name for known in KNOWS):
            found[name] = len(SWITCH.findall(path.read_text()))
    return {name: count for name, count in found.items() if count}


def test_nobody_but_the_kinds_asks_which_kind_it_is() -> None:
    assert switches() == LEFT


def test_a_switch_is_seen() -> None:
    assert SWITCH.findall("if channel.is_shared or plan.access is AccessKind.VIP_CHANNEL:") == [
        ".is_shared",
        "AccessKind.V",
    ]
