"""Fuzz targets for text typed by people, payloads of deep links, and contents of files."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Final

from bot.callbacks import moment_in
from subscriptions.application.catalog.plan_input import read_price
from subscriptions.application.dto.typed_answers import (
    Answer,
    Wrong,
    days,
    kept_money,
    name,
    price,
    reason,
    signed_days,
    typed_money,
)
from subscriptions.application.lists.read_lists import _cursor_position
from subscriptions.application.payments.receipt_lines import plain
from subscriptions.bootstrap.settings import SettingsError, load
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.domain.entities.activation_token import ALPHABET, clean_token, looks_like_token, mask_token
from subscriptions.domain.errors import InvalidInput
from umbral.env_file import EnvFileError, parse, write

_LONGEST_FAULT: Final = 150
_FORMULAS: Final = "=+-@\t\r\n"


def code(data: bytes) -> None:
    """Read a deep link's payload or a typed code."""
    cleaned = clean_token(_text(data))
    assert clean_token(cleaned) == cleaned
    assert cleaned not in mask_token(cleaned) or not cleaned
    if looks_like_token(cleaned):
        assert set(cleaned) <= set(ALPHABET)


def moment(data: bytes) -> None:
    """Read the timestamp in a button's data, which is encoded in base 36."""
    text = "".join(letter for letter in _text(data).lower() if letter.isascii() and letter.isalnum())[:13]
    if text:
        assert moment_in(text).tzinfo is UTC


def typed(data: bytes) -> None:
    """Parse fuzzed staff input with the panel's parsers."""
    answer = Answer(_text(data))
    for read in (days, signed_days, name, reason, price("EUR")):
        with suppress(Wrong):
            assert read(answer, {}).isprintable() or read in (name, reason)
    with suppress(Wrong):
        money = typed_money(answer.text, "EUR")
        assert kept_money(f"{money.decimal} {money.currency}") == money
    with suppress(InvalidInput):
        read_price(answer.text)


def cell(data: bytes) -> None:
    """Write a name to a CSV cell and read it back."""
    text, lines = plain(_text(data)), io.StringIO()
    assert text[:1] not in _FORMULAS or not text
    csv.writer(lines).writerow([text, "next"])
    assert next(csv.reader(io.StringIO(lines.getvalue(), newline=""))) == [text, "next"]


def settings(data: bytes) -> None:
    """Read a settings file, write it, and read the same settings again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.env"
        path.write_bytes(data)
        try:
            found = parse(path)
        except EnvFileError as error:
            reported = str(error).removeprefix(str(path))
            if len(reported) > _LONGEST_FAULT:
                raise AssertionError("it may hold a secret") from error
            return
        if not any("\x00" in value or "\r" in value for value in found.values()):
            write(path, found)
            assert parse(path) == found
        with suppress(SettingsError):
            load(WebSettings, found)


def cursor(data: bytes) -> None:
    """Read the cursor of a list."""
    with suppress(InvalidInput):
        position, tie = _cursor_position(_text(data)[:200])
        assert "\0" not in position + tie


def seeds() -> dict[str, Iterator[str | bytes]]:
    """Return the seeds of each target."""
    return {
        "code": iter(["ABCD EFGH 1234 5678", "plan_retabet", "src_web", "ﬃ" * 16, "ß" * 16]),
        "moment": iter(["t0abcd", "zzzzzzzzzzzzz"]),
        "typed": iter(["9,99 €", "$9.99", "500 JPY", "−3", "30", "1 000.50 usd", "@ana"]),
        "cell": iter(["=1+1", 'Retabet; "x"', "\rcmd", "a\r\nb", "'=1"]),
        "settings": iter(
            ["WEB_PORT=0\nBRAND_NAME='it\\'s'\n", 'A="x\\ny"\nexport B=1 # c\n', "DATABASE_URL=postgresql://u:p@h/d\n"]
        ),
        "cursor": iter(["MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCAwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA=", "é"]),
    }


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
