"""Reading of CSV files as spreadsheets and other systems write them. Every command that takes a table reads it here."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.file_text import clean_lines

_SEPARATORS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r"\s*\"?sep=(?P<separator>[,;\t|])\"?[ \t]*", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*"')
_SHOWN: Final = 20


@dataclass(frozen=True)
class TableRow:
    """Row of a table.

    line: number of the row's first line in the file
    cells: values without surrounding spaces, keyed by normalized heading
    surplus: values beyond the last heading
    """

    line: int
    cells: Mapping[str, str]
    surplus: Sequence[str] = ()


@dataclass(frozen=True)
class Table:
    """Table of a CSV file. headings: normalized headings, in order; columns without a heading are empty."""

    headings: Sequence[str]
    _rows: Iterator[TableRow]

    def __iter__(self) -> Iterator[TableRow]:
        """Yield the rows that are not empty, once. Raises InvalidInput with the line that is no CSV."""
        return self._rows

    def refuse_twins(self, used: Collection[str]) -> None:
        """Raise InvalidInput if one of these headings occurs twice, because the value would be a matter of chance."""
        twin = next((each for each in used if self.headings.count(each) > 1), None)
        if twin is not None:
            raise InvalidInput(
                "file",
                phrase(
                    f"the column {twin} occurs twice in the headings; remove one of them",
                    f"la columna {twin} está dos veces en los títulos; quita una",
                ),
            )


def heading(name: str) -> str:
    """Return a heading as rows are keyed by it: without surrounding spaces, and regardless of case."""
    return name.strip().casefold()


def read_table(text: str) -> Table:
    """Return the table of a CSV file whose first row has the headings.

    Columns are separated by commas, semicolons, tabs or vertical bars. The separator is the most frequent one in the
    headings, unless the first line names it (`sep=;`), as Excel writes it. Raises InvalidInput if the headings are no
    CSV.
    """
    lines = clean_lines(text).split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    named = _SEPARATOR_LINE.fullmatch(lines[first]) if first < len(lines) else None
    if named is not None:
        first = next((n for n in range(first + 1, len(lines)) if lines[n].strip()), len(lines))
    head = _QUOTED.sub("", lines[first]) if first < len(lines) else ""
    separator = named["separator"] if named is not None else max(_SEPARATORS, key=head.count)
    records = _records("\n".join(lines[first:]), separator, first)
    _, names = next(records, (1, []))
    headings = [heading(name) for name in names]
    return Table(headings, _rows(records, headings))


def _records(body: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its first line in the file. skipped: number of lines before the body."""
    # The spaces after a separator are skipped, so that a quotation mark after them begins a quoted value.
    reader = csv.reader(StringIO(body), delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise InvalidInput(
                "file",
                phrase(
                    f"line {line} is no CSV ({error}): check the quotation marks, or save the table as CSV again",
                    f"la línea {line} no es CSV ({error}): revisa las comillas, o vuelve a guardar la tabla como CSV",
                ),
            ) from error
        if record is None:
            return
        yield line, record


def _rows(records: Iterator[tuple[int, list[str]]], headings: Sequence[str]) -> Iterator[TableRow]:
    for line, record in records:
        values = [value.strip() for value in record]
        if any(values):
            cells = dict(zip(headings, values, strict=False))
            yield TableRow(line, cells, [value[:_SHOWN] for value in values[len(headings) :] if value])
