"""CSV files of tips and results. A file is processed completely or not at all."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.csv_table import TableRow, read_table

T = TypeVar("T")

LETTERS: Final = 40_000
"""Maximum size of a file, in characters; the same as the console's limit for one input."""
LINES: Final = 500
KEY: Final = "key"
_LINES_SHOWN: Final = 20
_NAMES: Final[Mapping[str, str]] = {
    "clave": KEY,
    "chave": KEY,
    "evento": "event",
    "partido": "event",
    "mercado": "market",
    "selección": "selection",
    "seleccion": "selection",
    "seleção": "selection",
    "cuota": "odds",
    "odd": "odds",
    "inicio": "starts_at",
    "empieza": "starts_at",
    "início": "starts_at",
    "partes": "legs",
    "cuota mínima": "min_odds",
    "cuota repetida": "confirmed_odds",
    "vale hasta": "valid_until",
    "publicar": "publish_at",
    "casa": "bookmaker",
    "deporte": "sport",
    "competición": "competition",
    "autor": "author",
    "nota": "note",
    "resultado": "result",
    "prueba": "evidence",
}
"""Names of the tip's inputs, keyed by the column headings that operators use in their files."""


@dataclass(frozen=True)
class Fault:
    """Error in a line of a file. line: line number; the header is line 1. field: name of the column."""

    line: int
    field: str
    wrong: Wrong


class WrongLines(Wrong):
    """Error: a file is refused because of invalid lines. faults: all errors found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        lines_text = ", ".join(f"{fault.line} ({fault.field})" for fault in faults[:_LINES_SHOWN])
        more = " …" if len(faults) > _LINES_SHOWN else ""
        super().__init__("tip_file_lines", question="file", lines=f"{lines_text}{more}", n=str(len(faults)))
        self.faults = faults


@dataclass(frozen=True)
class FileLine:
    """Line of a file. values: non-empty values by input name. surplus: text beyond the last column."""

    number: int
    values: Mapping[str, str]
    surplus: str = ""

    @property
    def key(self) -> str:
        """Return the idempotency key of the line's tip: the column `key`, or else a hash of all values, so that a file
        sent twice has no further effect.
        """
        values_json = json.dumps(sorted(self.values.items()), ensure_ascii=False)
        return self.values.get(KEY) or f"csv:{hashlib.sha256(values_json.encode()).hexdigest()[:32]}"


def read_file(text: str) -> Sequence[FileLine]:
    """Return the lines of a file with a header. Raises Wrong with the line that is no CSV."""
    try:
        table = read_table(text)
        table.refuse_twins([each for each in table.headings if each])
        _refuse_synonyms(table.headings)
        lines = [_line(row) for row in table]
    except InvalidInput as error:
        raise Wrong("file_text", question="file", problem=error.problem) from error
    if not lines:
        raise Wrong("tip_file", question="file")
    if len(lines) > LINES:
        raise Wrong("tip_file_long", question="file", limit=str(LINES))
    return lines


def _line(row: TableRow) -> FileLine:
    values = {_name(head): value for head, value in row.cells.items() if value}
    return FileLine(row.line, values, surplus=" ".join(row.surplus))


def _refuse_synonyms(headings: Sequence[str]) -> None:
    """Raise InvalidInput if two headings name the same input, because the value would be a matter of chance."""
    named = dict[str, str]()
    for head in filter(None, headings):
        other = named.setdefault(_name(head), head)
        if other != head:
            problem = phrase(
                f"the columns {other} and {head} mean the same; remove one of them",
                f"las columnas {other} y {head} significan lo mismo; quita una",
            )
            raise InvalidInput("file", problem)


def _name(head: str) -> str:
    return _NAMES.get(head, head.replace(" ", "_"))


def read_line_answers(
    line: FileLine, inputs: Sequence[Input[Any]], reads: Mapping[str, str], own: Sequence[str] = (KEY,)
) -> tuple[dict[str, str], list[Fault]]:
    """Return the parsed answers of a line, and all its errors. own: columns of the file that are not inputs."""
    answers, faults = dict[str, str](), list[Fault]()
    names = {each.name for each in inputs} | set(own)
    faults += [Fault(line.number, name[:40] or "?", Wrong("unknown")) for name in line.values if name not in names]
    if line.surplus:
        # A decimal comma would split a number into two columns.
        faults.append(Fault(line.number, f"+{line.surplus[:20]}", Wrong("tip_file_more", given=line.surplus[:60])))
    for input_ in inputs:
        value = line.values.get(input_.name, input_.default)
        try:
            if value is None:
                raise Wrong("missing")
            answers[input_.name] = input_.parse(Answer(value), {**reads, **answers})
        except Wrong as wrong:
            faults.append(Fault(line.number, input_.name, wrong))
    return answers, faults


def _file(answer: Answer, _: Answers) -> str:
    text = answer.text.strip()
    if len(text) > LETTERS:
        raise Wrong("tip_file_letters", question="file", limit=str(LETTERS))
    read_file(text)
    return text


FILE: Final[Input[Sequence[FileLine]]] = Input(
    name="file", kind=InputKind.PARAGRAPH, parse=_file, value=read_file, limits=(1, LETTERS)
)


async def take_lines(
    lines: Iterable[FileLine],
    inputs: Sequence[Input[Any]],
    reads: Mapping[str, str],
    take: Callable[[FileLine, dict[str, str]], Awaitable[T | None]],
    field: str,
) -> tuple[list[T], int]:
    """Process all lines of a file, or none. Return the new results, and the number of lines for which `take` returned
    None because they were processed before.

    take: function that processes a line with its answers, and raises Wrong
    field: column that is named for an error without a field

    Raises WrongLines with all errors.
    """
    results, faults, known_count = list[T](), list[Fault](), 0
    for line in lines:
        answers, wrong = read_line_answers(line, inputs, reads)
        faults += wrong
        if wrong:
            continue
        try:
            one = await take(line, answers)
        except Wrong as error:
            faults.append(Fault(line.number, error.question or field, error))
            continue
        known_count += one is None
        results += [one] if one is not None else []
    if faults:
        raise WrongLines(faults)
    return results, known_count
