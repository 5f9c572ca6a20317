"""Tips typed in one line, and the time zone in which their times are parsed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from features.record.use_cases.tip_line import looks_like_tip, read_line
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.dto.typed_moments import read_moment
from subscriptions.domain.services.markets import MARKETS, Market, bare, market_named, market_of

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)
"""The current time: a Wednesday, 23:00 in Madrid."""


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        (
            "Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | 21:00",
            "Betis – Sevilla/Goles/Más de 2,5/1,85/3/21:00",
        ),
        ("Betis – Sevilla|over 2.5 goals|21:00|stake 3|@1.85", "Betis – Sevilla/Goles/Over 2.5/1.85/3/21:00"),
        ("Betis – Sevilla | mais de 2,5 gols | 1,85 | 3 | 21h", "Betis – Sevilla/Goles/Mais de 2,5/1,85/3/21h"),
        ("Betis – Sevilla | mais de 2,5 golos | 1,85 | 3 | 21h", "Betis – Sevilla/Goles/Mais de 2,5/1,85/3/21h"),
        ("Betis – Sevilla | 1 | 1,85 | 3 u. | hoy 21:00", "Betis – Sevilla/Ganador/1/1,85/3/hoy 21:00"),
        (
            "Betis – Sevilla | Goles | más de 2,5 | cuota 1,85 | stake 4/10 | 29/11 21:00",
            "Betis – Sevilla/Goles/más de 2,5/1,85/4/29/11 21:00",
        ),
        ("Betis – Sevilla | Faltas: más de 20 | 1,85 | 3u | 21:00", "Betis – Sevilla/-/Faltas: más de 20/1,85/3/21:00"),
        (
            "Betis – Sevilla | Hándicap: Betis -1,5 | 1,85 | 3u | 21:00",
            "Betis – Sevilla/Hándicap/Betis -1,5/1,85/3/21:00",
        ),
        ("Betis – Sevilla | 1 | 5/2 | 3u | 21:00", "Betis – Sevilla/Ganador/1/5/2/3/21:00"),
        ("Betis – Sevilla | 1 | 5/2 | 3 | 21:00", "Betis – Sevilla/Ganador/1/5/2/3/21:00"),
        ("Betis – Sevilla | 1 | cuota 5/2 | 3u | 21:00", "Betis – Sevilla/Ganador/1/5/2/3/21:00"),
        ("Betis – Sevilla | 1 | odds: 1.85 | 3 | 21:00", "Betis – Sevilla/Ganador/1/1.85/3/21:00"),
        ("Betis – Sevilla | X2 | 10/11 | 3u", "Betis – Sevilla/Doble oportunidad/X2/10/11/3/-"),
        ("Betis – Sevilla | 1 | @1,85 | 3u", "Betis – Sevilla/Ganador/1/1,85/3/-"),
        ("Betis – Sevilla | 1,85 | 21:00", "Betis – Sevilla/-/-/1,85/-/21:00"),
    ],
)
def test_typed_tip_is_parsed_without_field_names_in_any_order(line: str, answers: str) -> None:
    names = ("event", "market", "selection", "odds", "stake", "starts_at")
    said = read_line(line)
    assert "/".join(said.get(name, "-") for name in names) == answers
    assert looks_like_tip(line)


def test_optional_fields_of_a_typed_tip_are_recognized_by_their_keywords() -> None:
    line = "A – B | empate | 3,1 | 1u | 21:00 | casa Bet365 | mín 2,9 | liga LaLiga | nota: sin bajas | hasta 20:45"
    said = read_line(line)
    assert (said["bookmaker"], said["min_odds"], said["competition"]) == ("Bet365", "2,9", "LaLiga")
    assert (said["note"], said["valid_until"], said["market"]) == ("sin bajas", "20:45", "Ganador")


def test_lines_after_the_first_are_parsed_as_legs_of_a_combined_tip() -> None:
    said = read_line("Combinada | 2,25 | 2u | 21:00\nA – B | más de 2,5 goles | 1,50\n\nC – D | X2 | 1,5")
    assert said["legs"].splitlines() == ["A – B | más de 2,5 goles | 1,50", "C – D | X2 | 1,5"]
    assert (said["event"], said["market"]) == ("A – B + C – D", "Combinada")
    assert read_line("Doblete | 2,25 | 2u | 21:00\nA – B | X2 | 1,50\nC – D | X2 | 1,5")["event"] == "Doblete"


@pytest.mark.parametrize("twice", ["@1.85 | @1.95", "2u | 3u", "1,85 | 3u | 7", "+150 | +200 | 3u", "21:00 | 22:00"])
def test_value_that_is_given_twice_is_refused(twice: str) -> None:
    with pytest.raises(Wrong):
        read_line(f"Betis – Sevilla | más de 2,5 goles | {twice}")


def test_unknown_part_of_a_line_is_reported() -> None:
    with pytest.raises(Wrong) as refused:
        read_line("A | B | C | D | 1,85 | 3u | 21:00")
    assert (refused.value.key, refused.value.facts["given"]) == ("tip_line", "D")


@pytest.mark.parametrize(
    "text", ["", "Hola a todos", "Hoy | mañana", "Precio 1,85 | oferta", "a | b | c", "Cena | 29/11 | 21:00"]
)
def test_ordinary_messages_are_not_recognized_as_tips(text: str) -> None:
    assert not looks_like_tip(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("21:00", "2026-11-25 21:00"),
        ("hoy 23:30", "2026-11-25 23:30"),
        ("mañana 0:30", "2026-11-26 00:30"),
        ("Tomorrow 21:00", "2026-11-26 21:00"),
        ("mié 23:30", "2026-11-25 23:30"),
        ("mié 21:00", "2026-12-02 21:00"),
        ("sáb. 21h", "2026-11-28 21:00"),
        ("21:00 domingo", "2026-11-29 21:00"),
        ("29/11 21:00", "2026-11-29 21:00"),
        ("2/1 12:00", "2027-01-02 12:00"),
        ("29/11/2027 21:00", "2027-11-29 21:00"),
        ("2026-11-29 21:00", "2026-11-29 21:00"),
        ("2026-11-29T20:00:00Z", "2026-11-29 21:00"),
    ],
)
def test_times_are_read_in_the_operators_time_zone(text: str, at: str) -> None:
    assert read_moment(text, NOW, MADRID).astimezone(MADRID).strftime("%Y-%m-%d %H:%M") == at


@pytest.mark.parametrize("text", ["28/3/2027 2:30", "2027-03-28 02:30"])
def test_hour_skipped_by_daylight_saving_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hour"):
        read_moment(text, NOW, MADRID)


@pytest.mark.parametrize("text", ["31/10/2027 2:30", "2027-10-31 02:30"])
def test_repeated_hour_is_read_as_its_first_occurrence(text: str) -> None:
    """The later of the two hours would allow copies to be posted an hour after the start."""
    assert read_moment(text, NOW, MADRID).astimezone(UTC).isoformat() == "2027-10-31T00:30:00+00:00"
    assert read_moment("2027-10-31 02:30+01:00", NOW, MADRID).astimezone(UTC).hour == 1, "the second can be written"


@pytest.mark.parametrize("text", ["", "pronto", "25:00", "21:61", "31/2 21:00", "2026-11-29", "jamás 21:00", "29/11"])
def test_invalid_typed_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hour|day|month|minute"):
        read_moment(text, NOW, MADRID)


@pytest.mark.parametrize(
    ("selection", "market"),
    [
        ("más de 9,5 córners", ("Córners", "Más de 9,5")),
        ("under 220.5 points", ("Puntos", "Under 220.5")),
        ("gana el Betis", ("Ganador", "Gana el Betis")),
        ("Alcaraz gana", ("Ganador", "Alcaraz gana")),
        ("x", ("Ganador", "X")),
        ("1X", ("Doble oportunidad", "1X")),
        ("Betis o empate", ("Doble oportunidad", "Betis o empate")),
        ("ambos marcan: sí", ("Ambos marcan", "Sí")),
        ("Betis -1,5", ("Hándicap", "Betis -1,5")),
        ("2-1", ("Resultado exacto", "2-1")),
        ("marca Isco", ("Goleador", "Marca Isco")),
        ("otro: faltas", None),
        ("más de 2,5", None),
    ],
)
def test_market_of_a_tip_is_derived_from_its_selection(selection: str, market: tuple[str, str] | None) -> None:
    assert market_of(selection) == market


def test_market_names_are_recognized_in_three_languages_and_custom_markets_by_their_prefix() -> None:
    assert [market_named(name) for name in ("HANDICAP ASIÁTICO", "double chance", "gols")] == [
        "Hándicap",
        "Doble oportunidad",
        "Goles",
    ]
    assert (market_named("faltas"), market_named("otro: Faltas")) == (None, "Faltas")


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_each_name_of_a_market_finds_that_market(market: Market) -> None:
    assert [name for name in market.names if name != bare(name)] == [], "names are written as typed ones are compared"
    assert {market_named(name.upper()) for name in (market.name, *market.names)} == {market.name}


@pytest.mark.parametrize("line", ["más de 4,5 {}", "under 4.5 {}", "mais de 4,5 {}", "menos de 4 {}"])
@pytest.mark.parametrize("market", [market for market in MARKETS if market.unit], ids=lambda market: market.name)
def test_market_of_an_over_under_tip_is_derived_from_each_of_its_unit_words(market: Market, line: str) -> None:
    for unit in market.unit.split("|"):
        found = market_of(line.format(unit))
        assert found is not None, unit
        assert found[0] == market.name
