"""A text with facts filled in, to look at before it is said to anybody."""

from collections.abc import Mapping
from string import Formatter
from typing import Final

_SAMPLES: Final[Mapping[str, str]] = {
    "amount": "29,90 €",
    "bot": "@bot",
    "code": "VERANO10",
    "days": "30",
    "earlier": "Plan A",
    "hours": "24",
    "n": "3",
    "name": "Ana",
    "next_plan": "Plan B",
    "order": "",
    "plan": "Plan A",
    "price": "29,90 €",
    "reference": "7K2M",
    "until": "31/12, 21:00",
}


def sample_of(text: str, brand: str) -> str:
    """The text as somebody might read it; a fact that has no sample stands there as ‹its name›."""
    facts = {name: f"‹{name}›" for _, name, _, _ in Formatter().parse(text) if name}
    return Formatter().vformat(_strip_formats(text), (), {**facts, **_SAMPLES, "brand": brand})


def _strip_formats(text: str) -> str:
    parts = Formatter().parse(text)
    return "".join(_escape(literal) + (f"{{{name}}}" if name else "") for literal, name, _, _ in parts)


def _escape(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")
