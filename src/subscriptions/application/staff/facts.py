"""Conversion of an outcome's facts, which are typed values, to and from text for storage."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from subscriptions.application.dto.typed_answers import Fact, kept_money
from subscriptions.domain.money import Money


def store_facts(facts: Mapping[str, Fact]) -> Mapping[str, str]:
    """Return the facts as text, each with a prefix for its type."""
    return {name: _format(value) for name, value in facts.items()}


def load_facts(facts: Mapping[str, str]) -> Mapping[str, Fact]:
    """Return the typed facts from the text that `store_facts` returned."""
    return {name: _load_fact(text) for name, text in facts.items()}


def _format(value: Fact) -> str:
    match value:
        case datetime():
            return f"at:{value.isoformat()}"
        case Money():
            return f"money:{value.decimal} {value.currency}"
        case int():
            return f"int:{value}"
        case Decimal():
            return f"number:{value}"
        case _:
            return f"text:{value}"


def _load_fact(text: str) -> Fact:
    kind, _, value = text.partition(":")
    match kind:
        case "at":
            return datetime.fromisoformat(value)
        case "money":
            return kept_money(value)
        case "int":
            return int(value)
        case "number":
            return Decimal(value)
        case _:
            return value
