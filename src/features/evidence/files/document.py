"""Evidence as a PDF: the sections in a fixed order, and a timestamp on each line."""

import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pydyf

from features.evidence.domain import Evidence, EvidenceMessage
from features.evidence.files import moment
from features.evidence.files.typeface import Typeface
from subscriptions.bootstrap.drawing import FONT
from subscriptions.bootstrap.texts import built_in_texts
from subscriptions.domain.money import Money

_PAGE: Final = (595, 842)
"""Width and height of A4 in points."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 539, 786, 60
_VALUE: Final = 190
"""Horizontal position of the second column, in points."""
_BODY, _HEADING, _TITLE = 9.5, 12.5, 18
_INK, _QUIET = (0.06, 0.09, 0.16), (0.39, 0.45, 0.55)

Row = tuple[str, str]
"""Row of two columns: a name or timestamp, and its value."""


def document(evidence: Evidence, language: str) -> bytes:
    """Render the evidence as a PDF. The same evidence gives the same bytes."""
    words = _words()[language]
    sheets = _Sheets(words)
    sheets.write(_TITLE, words["title"])
    sheets.write(
        _BODY,
        words["made"].format(seller=evidence.seller, site=evidence.site, at=moment(evidence.made_at)),
        colour=_QUIET,
    )
    for name, rows in _parts(evidence, words, language):
        sheets.part(words["part"][name], rows)
    if evidence.left_out:
        sheets.write(_BODY, words["left_out"].format(count=evidence.left_out), colour=_QUIET)
    return sheets.to_bytes()


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def _parts(evidence: Evidence, words: Mapping[str, Any], language: str) -> Iterator[tuple[str, Sequence[Row]]]:
    line, messages = words["line"], _Messages(words, language)
    yield from _facts(evidence, words)
    yield (
        "consents",
        [(moment(each.accepted_at), line["consent"].format(version=each.version)) for each in evidence.consents],
    )
    yield (
        "declarations",
        [
            (
                moment(each.declared_at),
                line["declaration"].format(
                    words=each.words, version=each.version, complete=_yes(words, truth=each.complete)
                ),
            )
            for each in evidence.declarations
        ],
    )
    yield "delivery", _delivery(evidence, line)
    yield "notices", [messages.row(each) for each in evidence.notices]
    yield (
        "picks",
        [(moment(each.posted_at), line["pick"].format(chat=each.chat, text=each.text)) for each in evidence.picks],
    )
    yield "messages", [messages.row(each) for each in evidence.messages if not each.announces_charge]
    yield (
        "refunds",
        [
            (moment(each.refunded_at), line["refund"].format(amount=_money(each.amount), status=each.status))
            for each in evidence.refunds
        ],
    )
    yield (
        "disputes",
        [
            (
                moment(each.opened_at),
                line["dispute_over" if each.closed_at else "dispute"].format(
                    key=each.key, status=each.status, closed=moment(each.closed_at)
                ),
            )
            for each in evidence.disputes
        ],
    )


def _facts(evidence: Evidence, words: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Row]]]:
    name, payment, customer, order = words["name"], evidence.payment, evidence.customer, evidence.order
    facts = {
        "payment": {
            "reference": payment.reference,
            "provider": f"{payment.provider} · {payment.provider_key}",
            "amount": _money(payment.amount),
            "status": payment.status,
            "paid_at": moment(payment.paid_at),
            "renewal": _yes(words, truth=payment.renewal),
            "time": f"{moment(evidence.begins)} – {moment(evidence.ends)}" if evidence.begins else None,
        },
        "customer": {
            "telegram_id": str(customer.telegram_id),
            "first_name": customer.first_name,
            "username": f"@{customer.username}" if customer.username else None,
            "language": customer.language,
            "country": customer.country,
            "since": moment(customer.since),
        },
        "order": {
            "plan": order.plan,
            "price": _money(order.price),
            "every": order.every,
            "gift": _yes(words, truth=True) if order.gift else None,
            "ordered_at": moment(order.ordered_at),
            "paid_at": moment(order.paid_at) if order.paid_at else None,
        },
    }
    for part, values in facts.items():
        yield part, [(name[key], value) for key, value in values.items() if value is not None]


def _delivery(evidence: Evidence, line: Mapping[str, str]) -> Sequence[Row]:
    events: list[tuple[datetime, str]] = [
        (each.made_at, line["invite"].format(chat=each.chat, expires=moment(each.expires_at)))
        for each in evidence.invites
    ]
    events += [
        (each.joined_at, line["left" if each.left else "joined"].format(chat=each.chat)) for each in evidence.joins
    ]
    return [(moment(at), words) for at, words in sorted(events)]


class _Messages:
    def __init__(self, words: Mapping[str, Any], language: str) -> None:
        self._line = words["line"]
        self._texts = built_in_texts(language)

    def row(self, message: EvidenceMessage) -> Row:
        """Return the row of a message, with its text if the text was kept."""
        what = self._texts.get(f"alarms.messages.{message.kind}", message.kind)
        if message.text:
            what = f"{what} – {message.text}"
        state = "failed" if message.failed else "owed" if message.sent_at is None else "sent"
        state_text = self._line[state].format(message=what, reason=message.failed)
        return moment(message.sent_at or message.owed_at), state_text


def _money(amount: Money) -> str:
    return f"{amount.decimal} {amount.currency}"


def _yes(words: Mapping[str, Any], *, truth: bool) -> str:
    text: str = words["yes" if truth else "no"]
    return text


class _Sheets:
    """Writer that fills pages with lines from top to bottom, adding pages as needed."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._words = words
        self._typeface = Typeface(FONT)
        self._streams: list[pydyf.Stream] = []
        self._height = 0.0
        self._turn()

    def part(self, title: str, rows: Sequence[Row]) -> None:
        """Write a section: a heading and its rows. The heading is never separated from the first row
        by a page break.
        """
        self._height -= 10
        if self._height < _BOTTOM + 3 * _HEADING:
            self._turn()
        self.write(_HEADING, title)
        if not rows:
            self.write(_BODY, self._words["none"], colour=_QUIET)
        for name, value in rows:
            self._row(name, value)

    def write(self, size: float, words: str, colour: tuple[float, float, float] = _INK) -> None:
        """Write a paragraph across the whole width."""
        for line in self._lines(words, size, _RIGHT - _LEFT):
            self._advance(size)
            self._draw(_LEFT, size, line, colour)
        self._height -= size / 2

    def _row(self, name: str, value: str) -> None:
        lines = self._lines(value, _BODY, _RIGHT - _VALUE)
        for index, line in enumerate(lines):
            self._advance(_BODY)
            if not index:
                self._draw(_LEFT, _BODY, self._typeface.legible(name), _QUIET)
            self._draw(_VALUE, _BODY, line, _INK)
        self._height -= 2

    def _lines(self, words: str, size: float, width: float) -> Sequence[str]:
        lines: list[str] = []
        for paragraph in words.splitlines() or [""]:
            line = ""
            for word in self._pieces(self._typeface.legible(paragraph).split(" "), size, width):
                candidate = f"{line} {word}" if line else word
                if self._typeface.width(candidate, size) > width:
                    lines.append(line)
                    candidate = word
                line = candidate
            lines.append(line)
        return lines

    def _pieces(self, words: Sequence[str], size: float, width: float) -> Iterator[str]:
        """Yield the words, breaking a word that is wider than a line into pieces."""
        for word in words:
            piece = ""
            for sign in word:
                if self._typeface.width(piece + sign, size) > width:
                    yield piece
                    piece = ""
                piece += sign
            yield piece

    def _advance(self, size: float) -> None:
        self._height -= size * 1.35
        if self._height < _BOTTOM:
            self._turn()
            self._height -= size * 1.35

    def _turn(self) -> None:
        self._streams.append(pydyf.Stream(compress=True))
        self._height = _TOP

    def _draw(self, x: float, size: float, words: str, colour: tuple[float, float, float], page: int = -1) -> None:
        stream = self._streams[page]
        stream.begin_text()
        stream.set_color_rgb(*colour)
        stream.set_font_size("F1", size)
        stream.set_text_matrix(1, 0, 0, 1, x, self._height)
        stream.stream.append(b"<" + self._typeface.encode(words).hex().encode() + b"> Tj")
        stream.end_text()

    def to_bytes(self) -> bytes:
        """Return the complete document."""
        self._height = _BOTTOM / 2
        for index in range(len(self._streams)):
            number = self._words["page"].format(number=index + 1, count=len(self._streams))
            self._draw(_RIGHT - self._typeface.width(number, _BODY), _BODY, number, _QUIET, index)
        pdf = pydyf.PDF()
        for stream in self._streams:
            pdf.add_object(stream)
        fonts = pydyf.Dictionary({"F1": self._typeface.embed(pdf)})
        for stream in self._streams:
            page = {
                "Type": "/Page",
                "Parent": pdf.pages.reference,
                "MediaBox": pydyf.Array([0, 0, *_PAGE]),
                "Contents": stream.reference,
                "Resources": pydyf.Dictionary({"Font": fonts}),
            }
            pdf.add_page(pydyf.Dictionary(page))
        buffer = io.BytesIO()
        pdf.write(buffer, identifier=True)
        return buffer.getvalue()
