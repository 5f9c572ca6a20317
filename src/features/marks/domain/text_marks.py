"""Watermarks in texts: variants with the same meaning, chosen with a key so that they identify the leaked copy.

At each place of a text that can vary, the copy's seed and the surrounding words determine the variant. An excerpt or an
edited text therefore still shows the variants of its copy. Without the seed, the variants can be neither predicted nor
interpreted.

Kinds of space: Telegram replaces control characters and removes U+2028 to U+202E, and keeps the spaces used here
(clean_input_string in tdlib/td, td/telegram/misc.cpp).
"""

import hmac
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

Synonyms = Sequence[Sequence[str]]
"""Groups of interchangeable words or phrases, as configured by the operator."""

SPACES: Final = (" ", "\u00a0", "\u2004", "\u2005", "\u2008", "\u2009", "\u202f", "\u205f")
_ANY_SPACE: Final = f"[{''.join(SPACES)}]"
_VERBATIM: Final = re.compile(
    r"```.*?```|`[^`\n]+`"  # code
    r"|(?<![^\s`])(?:\S+://\S+|\S*@\w\S*)|(?:www\.|t\.me/)\S+"  # addresses and @names
    # host names; the length is limited to keep the search fast
    r"|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[^\W\d_]{2,}(?:/\S*)?"
    r"|(?<!\w)[#$/][^\W\d]\w*",  # tags and commands
    re.DOTALL,
)
_WORD: Final = re.compile(r"\w+(?:[.,:/'’]\w+)*")
_PLAIN: Final[Mapping[str, tuple[re.Pattern[str], tuple[str, ...]]]] = {
    "dots": (re.compile(r"(?<![.\d…])(?:\.\.\.|…)(?![.\d…])"), ("...", "…")),
    "dash": (re.compile(r"(?<=[^\W\d]\s)[-–](?=\s[^\W\d])"), ("-", "–")),
    "apostrophe": (re.compile(r"(?<=[^\W\d])['’](?=[^\W\d])"), ("'", "’")),
    "space": (re.compile(rf"(?<=\S){_ANY_SPACE}(?=\S)"), SPACES),
}
_SYNONYM: Final = "synonym"


@dataclass(frozen=True)
class Slot:
    """Place in a text that can vary.

    index: index in `variants` of the variant that the text shows
    context: the words before and after the place
    """

    start: int
    end: int
    kind: str
    variants: tuple[str, ...]
    index: int
    context: tuple[str, str]
    turn: int
    """Position of this place, from 1, among the places of the same kind between the same two words."""

    @cached_property
    def _neighbourhood(self) -> bytes:
        return "\0".join((self.kind, *self.context, str(self.turn))).encode()

    def variant_index(self, seed: bytes) -> int:
        """Return the index of the variant that the copy with this seed shows at this place."""
        return int.from_bytes(hmac.digest(seed, self._neighbourhood, "sha256")[:8]) % len(self.variants)


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    kind: str
    variants: tuple[str, ...]
    word: str | None = None


class _Ranges:
    """Non-overlapping ranges of a text, in order."""

    def __init__(self, parts: Sequence[tuple[int, int]]) -> None:
        self._starts, self._ends = [start for start, _ in parts], [end for _, end in parts]

    def meet(self, start: int, end: int) -> bool:
        """Return True if one of the ranges overlaps the given range."""
        position = bisect_left(self._starts, end)
        return position > 0 and self._ends[position - 1] > start


def mark_text(text: str, seed: bytes, synonyms: Synonyms, limit: int) -> str:
    """Return the text of a copy with its watermark. `limit`: Telegram's maximum length of a text; if the text would
    exceed it, only variants of equal length are used.
    """
    found_slots = slots(text, synonyms)
    marked_text = _fill(text, found_slots, seed)
    return (
        marked_text
        if len(marked_text) <= limit
        else _fill(text, [slot for slot in found_slots if max(map(len, slot.variants)) == 1], seed)
    )


def slots(text: str, synonyms: Synonyms) -> Sequence[Slot]:
    """Return the places where a text can vary, in order. Numbers, addresses, names and code are not varied."""
    spans = _spans(text, synonyms)
    words = _words(text, spans)
    starts = [start for start, _ in words]
    turns: Counter[tuple[str, int]] = Counter()
    slots = []
    for span in spans:
        next_index = bisect_left(starts, span.end)
        last_index = next_index - 1 - (span.word is not None)
        # An apostrophe is part of a word.
        neighbours = (
            words[last_index][1] if last_index >= 0 else "",
            words[next_index][1] if next_index < len(words) else "",
        )
        if span.kind == "space" and neighbours[0][-1:].isdigit() and neighbours[1][:1].isdigit():
            continue  # between digits, which may form one number: 1 000, 2 - 1
        turns[span.kind, next_index] += 1
        variant = _variant_index(text[span.start : span.end], span.variants)
        slots.append(
            Slot(span.start, span.end, span.kind, span.variants, variant, neighbours, turns[span.kind, next_index])
        )
    return slots


def pairs_of_words(text: str, synonyms: Synonyms) -> frozenset[tuple[str, str]]:
    """Return the pairs of adjacent words, which identify a text regardless of its formatting."""
    words = [word for _, word in _words(text, list(_of_synonyms(text, synonyms)))]
    return frozenset(pairwise(words))


def _fill(text: str, slots: Iterable[Slot], seed: bytes) -> str:
    parts, at = [], 0
    for slot in slots:
        slot_text, variant = text[slot.start : slot.end], slot.variants[slot.variant_index(seed)]
        parts += [text[at : slot.start], _match_case(variant, slot_text) if slot.kind == _SYNONYM else variant]
        at = slot.end
    return "".join([*parts, text[at:]])


def _match_case(variant: str, like: str) -> str:
    if len(like) > 1 and like.isupper():
        return variant.upper()
    return variant[:1].upper() + variant[1:] if like[:1].isupper() else variant


def _variant_index(text: str, variants: Sequence[str]) -> int:
    if text in variants:
        return variants.index(text)
    return [_fold(each) for each in variants].index(_fold(text))


def _spans(text: str, synonyms: Synonyms) -> Sequence[_Span]:
    ranges = _Ranges([match.span() for match in _VERBATIM.finditer(text)])
    spans = list(_of_synonyms(text, synonyms))
    said_in = _Ranges([(span.start, span.end) for span in spans])
    taken_spans = list(spans)
    for kind, (pattern, variants) in _PLAIN.items():
        for match in pattern.finditer(text):
            start, end = match.span()
            margin = 1 if kind == "space" else 0
            if not said_in.meet(start, end) and not ranges.meet(start - margin, end + margin):
                taken_spans.append(_Span(start, end, kind, variants))
    return sorted(taken_spans, key=lambda span: span.start)


def _of_synonyms(text: str, synonyms: Synonyms) -> Iterator[_Span]:
    groups = {_fold(each): tuple(group) for group in synonyms for each in group}
    if not groups:
        return
    ranges = _Ranges([match.span() for match in _VERBATIM.finditer(text)])
    phrases = sorted((each for group in synonyms for each in group), key=len, reverse=True)
    either = "|".join(re.escape(each).replace(r"\ ", _ANY_SPACE) for each in phrases)
    for match in re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text, re.IGNORECASE):
        start, end = match.span()
        group = groups.get(_fold(match[0]))
        if group is not None and not ranges.meet(start, end):
            yield _Span(start, end, _SYNONYM, group, _fold(group[0]))


def _words(text: str, spans: Sequence[_Span]) -> list[tuple[int, str]]:
    """Return the start and normalized form of each word. A synonym counts as one word."""
    spans_of_words = [(span.start, span.end, span.word) for span in spans if span.word is not None]
    ranges = _Ranges([(start, end) for start, end, _ in spans_of_words])
    single_spans = [
        (match.start(), _fold(match[0]))
        for match in _WORD.finditer(text)
        if not ranges.meet(match.start(), match.end())
    ]
    return sorted([*single_spans, *((start, word) for start, _, word in spans_of_words)])


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
