"""Betting markets, with the names that tipsters use in Spanish, English and Portuguese."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"\d+(?:[.,]\d+)?"


@dataclass(frozen=True)
class Market:
    """Betting market.

    name: name as stored in a tip record
    names: other names, normalized by `bare`
    says: pattern of selections that imply the market
    unit: part of such a selection that repeats the market's name and is left out
    """

    name: str
    names: Sequence[str]
    says: str = ""
    unit: str = ""


def _total(name: str, *units: str) -> Market:
    unit = "|".join(units)
    side = r"(?:mas|menos|mais|over|under)(?: de)?"
    return Market(name, (*units, *(f"total {each}" for each in units)), rf"{side} {_NUMBER} (?:{unit})", unit)


MARKETS: Final[Sequence[Market]] = (
    _total("Goles", "goles", "goals", "gols", "golos"),
    _total("Córners", "corners", "saques de esquina", "escanteios", "cantos"),
    _total("Tarjetas", "tarjetas", "cards", "cartoes"),
    _total("Puntos", "puntos", "points", "pontos"),
    _total("Juegos", "juegos", "games", "jogos"),
    _total("Sets", "sets"),
    Market(
        "Ganador",
        ("winner", "vencedor", "resultado", "resultado final", "result", "match result", "1x2", "moneyline"),
        r"(?:gana|vence)\b.*|.*\b(?:gana|vence|wins?|to win)|empate|draw|[1x2]",
    ),
    Market(
        "Doble oportunidad",
        ("double chance", "dupla chance"),
        r"1x|x2|12|.* (?:o|ou) empate|empate (?:o|ou) .*|.* or draw",
    ),
    Market(
        "Empate no apuesta",
        ("draw no bet", "dnb", "empate anula"),
        r".*\b(?:empate no apuesta|draw no bet|dnb|empate anula)",
    ),
    Market(
        "Ambos marcan",
        ("both teams to score", "btts", "ambas marcam"),
        r"(?:ambos(?: equipos)? marcan|both(?: teams to)? score|btts|ambas marcam)\b.*",
    ),
    Market("Hándicap", ("handicap asiatico", "asian handicap", "spread"), rf".* [+-]{_NUMBER}|.*handicap.*"),
    Market("Resultado exacto", ("marcador exacto", "correct score", "placar exato"), r"\d{1,2}\s?-\s?\d{1,2}"),
    Market("Goleador", ("goalscorer", "anytime scorer", "marcador"), r"(?:marca|marca gol|gol de) .+|.+ to score"),
    Market(
        "Clasificado", ("se clasifica", "to qualify", "classificado"), r".*\b(?:se clasifica|to qualify|se classifica)"
    ),
    Market(
        "Descanso",
        ("primera parte", "half time", "intervalo", "1a parte"),
        r".*\b(?:al descanso|primera parte|at half time)",
    ),
    Market("Combinada", ("accumulator", "acca", "parlay", "multipla", "combi"), ""),
)
"""Known markets; the list may grow. A market of another sport is written with a prefix that matches `OTHER`, such as
`otro:`.
"""
OTHER: Final = re.compile(r"(?:otro|other|outro)\s*:\s*(?P<name>\S.*)", re.IGNORECASE)


def market_named(text: str) -> str | None:
    """Return the market with this name in any language, or a custom market after `otro:`. Return None if unknown."""
    own = OTHER.fullmatch(text.strip())
    if own is not None:
        return own["name"].strip()
    name = bare(text)
    return next((each.name for each in MARKETS if name in {bare(each.name), *map(bare, each.names)}), None)


def market_of(selection: str) -> tuple[str, str] | None:
    """Return the market implied by a selection, and the rest of the selection: `más de 2,5 goles` gives `Goles` and
    `Más de 2,5`. Return None if no market is implied.
    """
    head, colon, rest = selection.partition(":")
    if colon and rest.strip():
        name = market_named(head)
        return (name, capital(rest)) if name is not None else None
    plain_name = bare(selection)
    market = next((each for each in MARKETS if each.says and re.fullmatch(each.says, plain_name)), None)
    if market is None:
        return None
    words = selection.strip().split()
    if market.unit and re.fullmatch(market.unit, bare(words[-1])):
        words.pop()
    return market.name, capital(" ".join(words))


def capital(text: str) -> str:
    """Return the text with an initial capital and normalized whitespace."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def bare(text: str) -> str:
    """Return the text in lower case, without accents and redundant whitespace."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
