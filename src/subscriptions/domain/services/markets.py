"""Markets that a tip can be on, as tipsters write them in Spanish, English and Portuguese."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"\d+(?:[.,]\d+)?"


@dataclass(frozen=True)
class Market:
    """name: as a record has it. names: what else it is called, as `bare` leaves it.

    says: selections that name it by themselves. unit: what stands in such a selection and need not be repeated beside
    the market's name.
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
"""The list may grow; a market of another sport is written with `OTHER` before it."""
OTHER: Final = re.compile(r"(?:otro|other|outro)\s*:\s*(?P<name>\S.*)", re.IGNORECASE)


def market_named(text: str) -> str | None:
    """Return the market of that name in any language, or one of the operator's own after `otro:`; None where it is
    unknown."""
    own = OTHER.fullmatch(text.strip())
    if own is not None:
        return own["name"].strip()
    name = bare(text)
    return next((each.name for each in MARKETS if name in {bare(each.name), *map(bare, each.names)}), None)


def market_of(selection: str) -> tuple[str, str] | None:
    """Return the market that a selection names by itself, with the selection beside it: `más de 2,5 goles` is
    `Goles` and `Más de 2,5`. None where it names none."""
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
    """With a capital letter in front."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def bare(text: str) -> str:
    """Without case, accents and needless blanks."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
