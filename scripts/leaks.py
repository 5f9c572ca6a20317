"""Measurement of how often the customer behind a leaked copy of a post is identified. The results are written to
docs/leaks.md.

`python -m scripts.leaks [--seed N] [--copies N] [--all]`. Each copy of a picture is leaked once, by the manipulations
in the table in turn; with --all, each picture is leaked by every manipulation, which takes ten times as long. Each text
is always leaked by every manipulation.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from features.marks.adapters.copies import Original, prepare
from features.marks.adapters.reading import Leak
from features.marks.domain.leak_odds import WRONG_AT_MOST, Verdict, evidence, judge, picture_fits, text_fits
from features.marks.domain.text_marks import SPACES, mark_text, pairs_of_words, slots
from tests.features.marks.pictures import SCENES, SPOILED, Random, jpeg, png, telegram

PAGE: Final = Path(__file__).parents[1] / "docs" / "leaks.md"
SYNONYMS = (("más de", "por encima de"), ("gana", "vence"), ("esta noche", "hoy por la noche"), ("creo", "pienso"))
TEXTS = (
    "⚽ Betis – Sevilla: más de 2,5 goles @ 1.95",
    "🎾 Alcaraz gana en tres sets @ 2.10\nStake 2/10. Llega fresco, y su rival jugó ayer cuatro horas…",
    "🏀 LaLiga · Jornada 14\nBetis – Sevilla: más de 2,5 goles @ 1.95\nStake 3/10 en Bet365, hasta las 21:00...\n"
    "El Betis gana casi todo en casa y el Sevilla llega sin su portero. Creo que esta noche hay partido abierto.",
    "Buenos días a todos. Hoy va un pick largo, así que leedlo con calma… El Getafe recibe al Valencia sin tres de sus "
    "centrales - los tres titulares - y lleva cinco partidos seguidos encajando en la primera parte.\nCreo que la "
    "línea de más de 0,5 goles visitantes a 1.62 está mal puesta.\nStake 4/10, y si baja de 1.50, nada. Suerte",
)
PLAIN = str.maketrans(dict.fromkeys(SPACES, " ") | {"…": "...", "–": "-", "’": "'"})


@dataclass(frozen=True)
class Told:
    """Verdict on one leak. right: True if every identified customer did leak the copy."""

    verdict: Verdict
    named: int
    right: bool
    wrong: float


Rows = dict[str, list[Told]]


def seeds(seed: int, copies: int, key: str = "ours") -> list[bytes]:
    return [hashlib.sha256(f"{seed} {key} {number}".encode()).digest() for number in range(copies)]


def half(text: str, *, second: bool) -> str:
    at = text.find(" ", len(text) // 2)
    return text[at:] if second else text[:at]


WORDED: dict[str, Callable[[str], str]] = {
    "copied as it is": lambda text: text,
    "its first half": partial(half, second=False),
    "its second half": partial(half, second=True),
    "words before and after it": lambda text: f"Lo que ha salido hoy:\n{text}\nGratis en mi canal, pasadlo",
    "in capitals": str.upper,
    "all in one line": lambda text: text.replace("\n", " "),
    "no-break spaces made plain, as browsers do": lambda text: text.replace("\u00a0", " "),
    "emoji left out": lambda text: "".join(letter for letter in text if ord(letter) < 0x1F000 and letter != "⚽"),
    "figures changed": lambda text: text.replace("2,5", "3,5").replace("1.95", "1.90").replace("10", "5"),
    "typed anew (every space and sign plain)": lambda text: text.translate(PLAIN),
}


def said(verdict: Verdict, sure: Mapping[int, float], guilty: set[int]) -> Told:
    return Told(verdict, len(sure), set(sure) <= guilty, min(sure.values(), default=1.0))


def text_told(leak: str, of: int, who: Sequence[bytes], guilty: set[int]) -> Told:
    """Compare a leaked text with the copies of the same post, as the product does, and return the verdict.

    of: index of the post.
    who: the seed of each customer's copies.
    guilty: indexes of the customers who leaked the text.
    """
    own = {number: seed for number, seed in enumerate(who) if number % len(TEXTS) == of}
    verdict, sure = judge(text_fits(evidence(slots(leak, SYNONYMS), pairs_of_words(TEXTS[of], SYNONYMS)), own))
    return said(verdict, sure, guilty)


def texts_of(seed: int, copies: int, numbers: Sequence[int]) -> list[tuple[str, Told]]:
    ours, theirs = seeds(seed, copies), seeds(seed, copies, "theirs")
    rows = []
    for number in numbers:
        of = number % len(TEXTS)
        copy = mark_text(TEXTS[of], ours[number], SYNONYMS, 4096)
        long = "long" if len(TEXTS[of]) > 100 else "short"
        rows += [(f"{long}: {name}", text_told(spoil(copy), of, ours, {number})) for name, spoil in WORDED.items()]
        other = (number + len(TEXTS)) % copies
        second = mark_text(TEXTS[of], ours[other], SYNONYMS, 4096)
        mixed = half(copy, second=False) + half(second, second=True)
        rows.append((f"{long}: two copies, half of each", text_told(mixed, of, ours, {number, other})))
        stranger = mark_text(TEXTS[of], theirs[number], SYNONYMS, 4096)
        rows.append(("a copy that is nobody's (another key)", text_told(stranger, of, ours, set())))
    return rows


@cache
def originals(seed: int) -> list[bytes]:
    return [prepare(png(make(np.random.default_rng([seed, at])))) for at, make in enumerate(SCENES.values())]


@cache
def original(seed: int, of: int) -> Original:
    return Original(originals(seed)[of])


def picture_told(leak: Image.Image, seed: int, who: Sequence[bytes], guilty: set[int]) -> tuple[Told, float]:
    """Compare a leaked picture with all copies of all similar originals, as the product does. Return the verdict and
    the duration in seconds.

    who: the seed of each customer's copies.
    guilty: indexes of the customers who leaked the picture.
    """
    data, begun = png(leak), time.perf_counter()
    opened = Leak(data)
    found: dict[int, float] = {}
    for of, first in enumerate(originals(seed)):
        opened.likeness(first)
        own = range(of, len(who), len(SCENES))
        values = opened.correlations(first, [who[number] for number in own])
        found |= dict(zip(own, values or (), strict=False))
    verdict, sure = judge(picture_fits(found)) if found else (Verdict.UNKNOWN_PICK, {})
    return said(verdict, sure, guilty), time.perf_counter() - begun


def pictures_of(seed: int, copies: int, every: bool, numbers: Sequence[int]) -> list[tuple[str, Told, float, float]]:
    ours, theirs = seeds(seed, copies), seeds(seed, copies, "theirs")
    rows = []
    for number in numbers:
        of, random = number % len(SCENES), np.random.default_rng([seed, number])
        first = original(seed, of)
        begun = time.perf_counter()
        copy = first.copy(ours[number])
        made_s = time.perf_counter() - begun
        shown = telegram(copy)
        variants = list(SPOILED.items())
        for name, spoil in variants if every else [variants[number // len(SCENES) % len(variants)]]:
            told, took_s = picture_told(spoil(shown, random), seed, ours, {number})
            rows.append((name, told, made_s, took_s))
        if number // len(SCENES) % len(variants) == 0:
            rows += [(name, *told, made_s) for name, *told in mixtures(seed, copies, number, shown, random)]
            stranger = jpeg(telegram(first.copy(theirs[number])), 80)
            rows.append(("a copy that is nobody's (another key)", *picture_told(stranger, seed, ours, set()), made_s))
    return rows


def mixtures(
    seed: int, copies: int, number: int, shown: Image.Image, random: Random
) -> Iterable[tuple[str, Told, float]]:
    ours, other = seeds(seed, copies), (number + len(SCENES)) % copies
    second = telegram(original(seed, number % len(SCENES)).copy(ours[other]))
    both = {number, other}
    mean = jpeg(Image.blend(shown.convert("RGB"), second.convert("RGB"), 0.5), 80)
    yield ("two copies, laid over each other", *picture_told(mean, seed, ours, both))
    sides = shown.convert("RGB")
    sides.paste(second.crop((sides.width // 2, 0, *sides.size)), (sides.width // 2, 0))
    yield ("two copies, a side of each", *picture_told(jpeg(sides, 80), seed, ours, both))


def table(rows: Rows) -> list[str]:
    lines = [
        "| what was done | leaks | named | from several | not known | **named wrongly** | chance of that, median |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, told in rows.items():
        verdicts = Counter(
            "several" if each.verdict is Verdict.MIXED else "named" if each.named else "no" for each in told
        )
        wrongly = sum(not each.right for each in told)
        chances = [each.wrong for each in told if each.named]
        chance = f"{median(chances):.0e}" if chances and median(chances) > 1e-99 else "below 1e-99" if chances else "–"
        counts = [len(told), verdicts["named"], verdicts["several"], verdicts["no"], wrongly]
        lines.append(f"| {name} | {' | '.join(map(str, counts))} | {chance} |")
    return lines


def apart(seed: int) -> str:
    """Return, as text, the difference in decibels between each sample picture and one of its copies."""
    found = []
    for of, name in enumerate(SCENES):
        before, copy = (light(data) for data in (originals(seed)[of], original(seed, of).copy(b"x")))
        found.append(f"{name} {10 * np.log10(255**2 / ((before - copy) ** 2).mean()):.0f} dB")
    return ", ".join(found)


def light(picture: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(picture)) as opened:
        return np.asarray(opened.convert("L"), float)


def shared_out(numbers: Sequence[int], work: Callable[[Sequence[int]], list[Any]]) -> list[Any]:
    """Distribute the work among all processors and return the results in order."""
    parts = [numbers[at : at + 20] for at in range(0, len(numbers), 20)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return [row for part in pool.map(work, parts) for row in part]


def report(seed: int, copies: int, texts: list[Any], pictures: list[Any], *, every: bool) -> str:
    worded, drawn = Rows(), Rows()
    for name, told in sorted(texts, key=lambda row: (not row[0].startswith("long"), not row[0].startswith("short"))):
        worded.setdefault(name, []).append(told)
    order = {name: index for index, name in enumerate(SPOILED)}
    for name, told, _, _ in sorted(pictures, key=lambda row: order.get(row[0], len(order))):
        drawn.setdefault(name, []).append(told)
    made, took = median(row[2] for row in pictures), median(row[3] for row in pictures if row[0] in SPOILED)
    long, short = ([text for text in TEXTS if (len(text) > 100) is each] for each in (True, False))
    again = f"make leaks SEED={seed} COPIES={copies}" + (" ARGS=--all" if every else "")
    return "\n".join(
        [
            "# Whose copy leaked: what the marks tell",
            "",
            f"Written by `{again}`; do not edit. {copies} copies were marked and leaked. Nobody is named",
            f"where the chance that it was somebody else is above {WRONG_AT_MOST:g}. «From several» says that it",
            "cannot be known whose it is, and lists whose parts there are. How to use it is on",
            "the page about marks in picks.",
            "",
            "## Texts",
            "",
            f"{len(TEXTS)} picks, {copies // len(TEXTS)} copies of each: short ones of"
            f" {' and '.join(str(len(text)) for text in short)} characters with"
            f" {' and '.join(str(len(slots(text, SYNONYMS))) for text in short)} places that vary, long ones of"
            f" {' and '.join(str(len(text)) for text in long)} with"
            f" {' and '.join(str(len(slots(text, SYNONYMS))) for text in long)}; {len(SYNONYMS)} groups of synonyms."
            " A leak is held against all copies of its pick.",
            "",
            *table(worded),
            "",
            "## Pictures",
            "",
            f"{len(SCENES)} originals ({', '.join(SCENES)}), {copies // len(SCENES)} copies of each, all first as"
            " Telegram shows them: at most 1280 pixels, JPEG at quality 80. "
            + ("Each copy leaks in every way. " if every else "Each copy leaks in one of the ways, by turns. ")
            + f"A leak is held against all {copies} copies. A copy differs from its original by: {apart(seed)}.",
            "",
            *table(drawn),
            "",
            f"A copy took {made * 1000:.0f} ms to make, a leak {took:.2f} s to be held against {len(SCENES)} originals,"
            " both by the median on the machine that wrote this.",
            "",
        ]
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--copies", type=int, default=1000)
    asked.add_argument("--all", action="store_true", dest="every")
    given = asked.parse_args()
    # Each processor already runs its own process.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    numbers = range(given.copies)
    texts = shared_out(numbers, partial(texts_of, given.seed, given.copies))
    pictures = shared_out(numbers, partial(pictures_of, given.seed, given.copies, given.every))
    told = report(given.seed, given.copies, texts, pictures, every=given.every)
    PAGE.write_text(told, encoding="utf-8")
    named_wrongly = sum(not row[1].right for row in [*texts, *pictures])
    print(f"{PAGE.name}: {len(texts)} texts and {len(pictures)} pictures leaked, {named_wrongly} named wrongly")


if __name__ == "__main__":
    main()
