"""Preview of a text with example facts."""

from collections.abc import Mapping
from string import Formatter
from typing import Final

_SAMPLES: Final[Mapping[str, str]] = {
    "amount": "29,90 €",
    "author": "Olga",
    "bookmaker": "Bet365",
    "bot": "@bot",
    "chat": "Canal A",
    "code": "VERANO10",
    "days": "30",
    "earlier": "Plan A",
    "event": "Betis – Sevilla",
    "hours": "24",
    "league": "Fútbol · LaLiga",
    "legs": "   1. Betis – Sevilla: Goles · más de 2,5 · 1,85",
    "market": "Goles",
    "min_odds": "1,80",
    "n": "3",
    "name": "Ana",
    "next_plan": "Plan B",
    "note": "…",
    "odds": "1,85",
    "order": "",
    "plan": "Plan A",
    "price": "29,90 €",
    "reference": "7K2M",
    "selection": "más de 2,5",
    "stake": "3",
    "start": "31/12, 21:00",
    "until": "31/12, 21:00",
}


def sample_of(text: str, brand: str) -> str:
    """Return the text with example facts. A fact without an example is shown as its name in angle quotes: ‹name›."""
    facts = {name: f"‹{name}›" for _, name, _, _ in Formatter().parse(text) if name}
    return Formatter().vformat(_strip_formats(text), (), {**facts, **_SAMPLES, "brand": brand})


def _strip_formats(text: str) -> str:
    parts = Formatter().parse(text)
    return "".join(_escape(literal) + (f"{{{name}}}" if name else "") for literal, name, _, _ in parts)


def _escape(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")
