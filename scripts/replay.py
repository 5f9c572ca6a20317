"""`make replay SEED=n`: write the virtual year as one page that can be opened from a file. The page's path is printed
last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from subscriptions.bootstrap import migrate
from tests.support.postgres import judge_time, running_server
from tests.year.film import Film, FilmedYear
from tests.year.span import Span
from tests.year.world import START, Outcome, play

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final = Path(__file__).with_name("replay.html")
DATA: Final = '<script type="application/json" id="film">'
CUSTOMERS: Final = 40


def main() -> int:
    """Return 1 if a guarantee of the product was violated or if the page does not match the database, otherwise 0. The
    page is written in any case.
    """
    options = _options()
    span = Span(options.seed, options.days, options.customers, options.brisk)
    with TemporaryDirectory(prefix="replay-") as folder, running_server(Path(folder)) as server:
        film, outcome = filmed(server.create(), span)
    target = options.output or ROOT / "site" / f"replay-{span.seed}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(film), encoding="utf-8")
    print(f"{outcome.hour} hours, {len(film.said)} messages, {target.stat().st_size / 1000:.0f} kB")
    differ = unlike(target.read_text(encoding="utf-8"), film)
    print(f"hours {', '.join(map(str, film.counted))} held against the database: {differ or 'all the same'}")
    print(target)
    return 1 if outcome.broken or differ else 0


def filmed(url: str, span: Span) -> tuple[Film, Outcome]:
    """Simulate the span on an empty database. Return the recording and the outcome."""
    film = Film(span, month_ended=lambda hour: print(f"day {hour // 24} of {span.days}", flush=True))
    migrate.upgrade(url)
    judge_time(url, judges=False)
    return film, asyncio.run(play(url, span, partial(FilmedYear, film)))


def page(film: Film) -> str:
    """Return the HTML of the page, which needs no other files. Texts and objects are stored once and referenced by
    number.
    """
    texts, numbers = list(dict.fromkeys(text for _, _, text in film.said)), {}
    for number, text in enumerate(texts):
        numbers[text] = number
    keys = {key: index for index, key in enumerate(film.things)}
    data: Mapping[str, Any] = {
        "seed": film.span.seed,
        "start": START.isoformat(),
        "hours": film.hours,
        "names": film.names,
        "things": list(film.things.values()),
        "changes": [[hour, *_flat(keys, changed)] for hour, changed in film.changes.items()],
        "texts": texts,
        "said": [[hour, person, numbers[text]] for hour, person, text in film.said],
        "ledger": film.ledger,
        "troubles": film.troubles,
    }
    # The text "</script>" in a message would end the data.
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return TEMPLATE.read_text(encoding="utf-8").replace(DATA, f"{DATA}{written}", 1)


def held_at(written: str, hour: int) -> dict[tuple[Any, ...], str]:
    """Return the states of the objects that the page shows at an hour, keyed by the object's kind, owner, subject and
    position in the page's list of objects.
    """
    start = written.index(DATA) + len(DATA)
    data = json.loads(written[start : written.index("</script>", start)])
    held: dict[int, str] = {}
    for at, *pairs in data["changes"]:
        if at > hour:
            break
        for index, state in zip(pairs[::2], pairs[1::2], strict=True):
            held[index] = state
    return {(*data["things"][index], index): state for index, state in held.items() if state is not None}


def unlike(written: str, film: Film) -> list[int]:
    """Return the hours at which the counts shown by the page differ from the counts recorded from the database."""
    return [hour for hour, counts in film.counted.items() if _counts(held_at(written, hour)) != counts]


def _counts(held: Mapping[tuple[Any, ...], str]) -> Counter[tuple[Any, ...]]:
    return Counter((what, person, state.split()[0]) for (what, person, *_), state in held.items())


def _flat(keys: Mapping[str, int], changed: Mapping[str, str | None]) -> Sequence[int | str | None]:
    return [part for key, value in changed.items() for part in (keys[key], value)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides who comes, what they do, and what goes wrong")
    parser.add_argument("--days", type=int, default=365, help="how long it is (365)")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="how many people come")
    parser.add_argument("--brisk", action="store_true", help="short periods and much trouble, for a short time")
    parser.add_argument("--output", type=Path, help="where the page goes; site/replay-SEED.html if left out")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
