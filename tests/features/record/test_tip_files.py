"""Tips and results from files: imported completely or not at all, with each invalid line reported."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.tip_files import LETTERS, LINES, WrongLines
from features.record.use_cases.verify_record import VerifyRecord
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

HEAD = "clave;plan;evento;mercado;selección;cuota;stake;inicio"
LEGS = '"A – B | X2 | 1,5\nC – D | 1X | 1,5"'


class Desk:
    """Staff member with files, in a shop with one plan."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.act = shop, Staff(shop)

    async def line(self, key: str = "k", odds: str = "1,85", stake: str = "3", market: str = "Goles") -> str:
        self.plan = getattr(self, "plan", None) or await self.shop.plan()
        self.at = f"{self.shop.clock.now() + timedelta(hours=2):%Y-%m-%d %H:%M}Z"
        return f"{key};{self.plan.soft_id};Betis – Sevilla;{market};Más de 2,5;{odds};{stake};{self.at}"

    async def publish(self, *lines: str, head: str = HEAD) -> dict[str, object]:
        outcome = await self.act(SHELL, "publish_tips", "", file="\n".join([head, *lines]))
        return dict(outcome.facts)

    async def settle(self, *lines: str) -> dict[str, object]:
        return dict((await self.act(SHELL, "settle_tips", "", file="\n".join(["key,result,odds,legs", *lines]))).facts)

    async def kinds(self) -> list[str]:
        async with self.shop.units() as uow:
            return [str(each.kind) for each in await uow.of(RECORDS_KEY).entries(self.plan.id)]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def faults(refused: pytest.ExceptionInfo[InputsRefused]) -> list[tuple[int, str, str]]:
    wrong = refused.value.errors["file"]
    assert isinstance(wrong, WrongLines), wrong.key
    return [(fault.line, fault.field, fault.wrong.key) for fault in wrong.faults]


async def test_tips_of_a_file_are_published_completely_and_only_once(desk: Desk) -> None:
    lines = [await desk.line("a"), await desk.line(""), f"{await desk.line('c', '2,25', market='Combinada')};{LEGS}"]
    head = f"{HEAD};partes"
    effect = await desk.act.run.preview(SHELL, "publish_tips", "", {"file": "\n".join([head, *lines])})
    assert effect is not None
    assert (effect.facts["count"], await desk.kinds()) == (3, [])
    assert await desk.publish(*lines, head=head) == {"count": 3, "known": 0}
    desk.shop.clock.advance(timedelta(days=1))
    assert await desk.publish(*lines, head=head) == {"count": 0, "known": 3}
    assert await desk.kinds() == ["published"] * 3


async def test_each_invalid_line_is_reported_and_nothing_is_published(desk: Desk) -> None:
    good = await desk.line("a")
    with pytest.raises(InputsRefused) as refused:
        await desk.publish(
            good,
            await desk.line("b", odds="0,5"),
            "",
            await desk.line("c", stake="500"),
            await desk.line("d", odds="mucho", market="faltas"),
            await desk.line("a", odds="1,9"),
        )
    assert faults(refused) == [
        (3, "odds", "tip_odds_range"),
        (5, "stake", "tip_stake"),
        (6, "market", "tip_market"),
        (6, "odds", "tip_odds_range"),
        (7, "key", "tip_key"),
    ]
    assert await desk.kinds() == []
    async with desk.shop.units() as uow:
        assert list(await uow.of(POSTS_KEY).newest(1)) == []
    with pytest.raises(InputsRefused) as unknown:
        await desk.publish(f"{good};x", head=f"{HEAD};color")
    assert faults(unknown) == [(2, "color", "unknown")]


async def test_tips_are_settled_by_a_file_of_results_completely_and_only_once(desk: Desk) -> None:
    lines = [await desk.line("a"), await desk.line("b"), f"{await desk.line('c', '2,25', market='Combinada')};{LEGS}"]
    await desk.publish(*lines, head=f"{HEAD};partes")
    desk.shop.clock.advance(timedelta(hours=3))
    with pytest.raises(InputsRefused) as refused:
        await desk.settle("a,ganado", "b,cerrado", "x,medio acertado", "c,won,,won lost", "a,lost")
    assert faults(refused) == [
        (3, "result", "tip_result_unknown"),
        (4, "key", "tip_none"),
        (5, "result", "tip_result_legs"),
        (6, "result", "tip_settled"),
    ]
    assert await desk.kinds() == ["published"] * 3
    ends = ("a,ganado", "b,cashed_out,1.4", "c,won,,won void")
    assert await desk.settle(*ends) == {"count": 3, "known": 0}
    assert await desk.settle(*ends) == {"count": 0, "known": 3}
    assert await desk.kinds() == ["published"] * 3 + ["settled"] * 3
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_number_split_into_two_columns_by_its_decimal_comma_is_reported(desk: Desk) -> None:
    """The odds must not be read as 1 because their decimals are in the next column."""
    line = (await desk.line(odds="")).replace("2,5", "2.5").replace(";;", ";").replace(";", ",")
    with pytest.raises(InputsRefused) as refused:
        await desk.publish(f"{line},1,85", head="clave,plan,evento,mercado,selección,stake,inicio,cuota")
    assert faults(refused) == [(2, "+85", "tip_file_more")]
    await desk.publish(await desk.line("a"))
    desk.shop.clock.advance(timedelta(hours=3))
    with pytest.raises(InputsRefused) as refused:
        await desk.act(SHELL, "settle_tips", "", file="key,result,odds\na,cashed_out,1,4")
    assert faults(refused) == [(2, "+4", "tip_file_more")]
    assert await desk.kinds() == ["published"]
    outcome = await desk.act(SHELL, "settle_tips", "", file='key,result,odds\na,cashed_out,"1,4",,')
    assert outcome.facts["count"] == 1, "blank ones are none"


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("Hola", "tip_file"),
        ("key,result\n\n", "tip_file"),
        ('key,result\nk,"won\n', "file_text"),
        ("key,result,result\nk,won,lost\n", "file_text"),
        ("key,result\nk\rl,won\n", "tip_file_lines"),
        ("key,result\n" + "k,won\n" * (LINES + 1), "tip_file_long"),
        ("x" * (LETTERS + 1), "tip_file_letters"),
    ],
)
async def test_invalid_file_of_tips_or_results_is_refused(desk: Desk, file: str, key: str) -> None:
    for command in ("publish_tips", "settle_tips"):
        with pytest.raises(InputsRefused) as refused:
            await desk.act(SHELL, command, "", file=file)
        assert refused.value.errors["file"].key == key


async def test_two_columns_that_mean_the_same_are_refused(desk: Desk) -> None:
    line = await desk.line("a")
    with pytest.raises(InputsRefused) as refused:
        await desk.publish(f"{line};18,5", head=f"{HEAD};cuota")
    assert refused.value.errors["file"].key == "file_text"


@pytest.mark.parametrize(
    "head",
    [
        "clave;plan;partido;mercado;seleccion;cuota;stake;empieza;cuota mínima;casa;deporte;competición;autor;nota",
        "chave;plan;evento;mercado;seleção;odd;stake;início;min_odds;bookmaker;sport;competition;author;note",
        "key;plan;event;market;selection;odds;stake;starts_at;min_odds;bookmaker;sport;competition;author;note",
    ],
)
async def test_tip_file_accepts_column_names_in_three_languages(desk: Desk, head: str) -> None:
    await desk.publish(f"{await desk.line()};1,75;Bet365;Fútbol;LaLiga;Marta;Sin bajas", head=head)
    async with desk.shop.units() as uow:
        [entry] = await uow.of(RECORDS_KEY).entries(desk.plan.id)
    facts = entry.facts()
    names = ("event", "market", "selection", "odds", "stake", "min_odds", "bookmaker", "sport", "competition", "note")
    assert [facts[name] for name in names] == [
        *("Betis – Sevilla", "Goles", "Más de 2,5", "1.85", "3", "1.75"),
        *("Bet365", "Fútbol", "LaLiga", "Sin bajas"),
    ]
