"""What a file of plans may hold, as a JSON Schema that editors check YAML by; made from what reads such files."""

from typing import Any, Final

from subscriptions.application.catalog.plan_files import KNOWN, POLICIES
from subscriptions.domain.entities.service_plan import DURATION_LIMIT, NAME_LIMIT, NOTE_LIMIT, AccessKind, Interval

Schema = dict[str, Any]

_AMOUNT: Final[Schema] = {"type": ["string", "number"]}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
_SAID: Final[dict[str, Schema]] = {
    "soft_id": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$", "description": "In links; made from the name."},
    "name": {"type": "string", "minLength": 1, "maxLength": NAME_LIMIT},
    "emoji": {"type": "string", "description": "Before the name, on buttons."},
    "description": {"type": "string", "description": "Under the name on its card."},
    "note": {"type": "string", "maxLength": NOTE_LIMIT, "description": "A line under the description."},
    "price": _AMOUNT | {"description": "In whole units: 19.90. 0 is free."},
    "currency": {"type": "string", "description": "EUR, USD or €, $. Never guessed."},
    "prices": {
        "type": "object",
        "additionalProperties": _AMOUNT,
        "description": "What single methods charge instead: `method: 1500 XTR`.",
    },
    "access": {"enum": list(map(str, AccessKind)), "description": "The kind of channel it opens."},
    "interval": {"enum": [*map(str, Interval), None], "description": "Charged again each so long; or `days`."},
    "interval_count": {"type": "integer", "minimum": 1, "maximum": 120, "description": "Charged every so many."},
    "days": {"type": ["integer", "null"], "minimum": 1, "maximum": DURATION_LIMIT, "description": "Paid once."},
    "trial_days": _WHOLE | {"description": "Free days before the first charge."},
    "grace_days": {"type": ["integer", "null"], "minimum": 0, "description": "Access after a charge that failed."},
    "position": _WHOLE | {"description": "Its place in the list."},
    "active": {"type": "boolean", "description": "Whether it is on offer."},
    "honours_tokens": {"type": "boolean", "description": "Whether codes count while it is not."},
}
EXAMPLE: Final = """\
# What `umbral plans import` reads; `umbral plans schema` describes every field.
plans:
  - name: VIP Mensual
    emoji: "⭐"
    description: Todos los picks, cada día
    price: "19.90"
    currency: EUR
    access: vip_channel
    interval: month
    trial_days: 3
  - name: Canal propio, 90 días
    price: "49"
    currency: EUR
    access: personal_channel
    days: 90
"""


def plan_schema() -> Schema:
    """JSON Schema 2020-12."""
    words = {name: {"enum": list(map(str, kind))} for name, kind in POLICIES.items()}
    plan = {
        "type": "object",
        "properties": {name: (_SAID | words)[name] for name in sorted(KNOWN)},
        "required": ["name"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Umbral's plans",
        "type": "object",
        "properties": {"plans": {"type": "array", "items": plan}},
        "required": ["plans"],
        "additionalProperties": False,
    }
