"""Everything that is measured, one after the other, and what came of it: `make bench`, `make bench-quick`.

`python -m benchmarks [--quick] [--only webhooks] [--out docs/performance.md]`

Each is a command of its own, with its baseline in the same run. --only: the document keeps what it says of the others,
each with its day, from `benchmarks/measured.json`. --quick: sizes at which the figures mean nothing, only to see that
all of it works; nothing is written, and no time is judged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.rows import KEEP_IN, Row, told
from benchmarks.webhooks import say
from subscriptions.infrastructure.drawing.charts import Series, chart
from subscriptions.infrastructure.drawing.scale import Scale

HERE: Final = Path(__file__).resolve().parents[1]
OUT: Final = HERE / "docs" / "performance.md"
KEPT: Final = HERE / "benchmarks" / "measured.json"
"""What each part printed last, from which the document is written."""
PLOTS: Final = "img/performance"
"""What the names of its pictures begin with, as the document says them."""


@dataclass(frozen=True)
class Part:
    """One benchmark. words: its command after `python -m`; quick: the same at the smallest sizes, None to leave it out
    then. means: what it measures."""

    name: str
    means: str
    words: Sequence[str]
    quick: Sequence[str] | None

    @property
    def command(self) -> str:
        """As one types it."""
        return f"python -m {' '.join(self.words)}"


@dataclass(frozen=True)
class Measured:
    """What a part printed. machine: on which one, how busy it was, and when."""

    said: str
    rows: Sequence[Row]
    machine: str


PARTS: Final = (
    Part(
        "webhooks",
        "Signed events of 4 KB, delivered to one web process and answered when they are durable. (a) is one row of 4 KB"
        " committed by raw asyncpg on as many connections, (b) the same process that only proves the signature, (c)"
        " dj-stripe 2.11 on Django 5.2 and psycopg 3, one gunicorn process of 16 threads, with a callback that does"
        " nothing: it proves and stores, and leaves out what it would else ask Stripe for inside the request."
        " Beside other work the web, one process, gets one share of the processors, and (a) one for each connection."
        " What stands in the way is Python: of the half millisecond of processor that a request takes before the"
        " database (0.46 to 0.51 ms in process, 0.72 to 0.75 while h11 read it), a quarter is the proof and what it"
        " says, a fifth its line in the log, an eighth reading and writing HTTP, a sixth the layers around each answer."
        " Beside others' work half of what passes is sending, as who is woken takes the processor. Tried, and no gain:"
        " uvloop (0.97 ms beside 0.93 with h11, 1.38 beside 1.37 with httptools, two megabytes more; in a whole demo"
        " 5.4 s beside 5.6 for three sales), malloc with one arena or a low threshold (neither time nor memory),"
        " one transaction at a time instead of two (1,414/s beside 1,566, p99 76 ms beside 29). In bursts of a second"
        " with priority over all other work, at 32 connections, 1,566/s took 0.62 ms of the web's processor each and"
        " p99 29 ms, with h11 1,098/s, 0.90 ms and 41 ms; (a), which nothing then interrupts, came to 21,510/s."
        " One statement for rows and jobs, instead of five trips to the database, in turn with what was before: 565/s"
        " beside 351 for one connection, 1.20 ms of processor each beside 2.08; 1,539/s beside 1,202 for 32, 0.62 ms"
        " beside 0.81. Of what is left beside the proof, half is SQLAlchemy's and its pool's (0.54 ms for a statement"
        " with one row, 0.22 by asyncpg over a connection of its own), which pays for being the only way in.",
        ("benchmarks.webhooks", "--rounds", "5", "--seconds", "3"),
        ("benchmarks.webhooks", "--rounds", "1", "--seconds", "1", "--connections", "1", "32", "--without-peer"),
    ),
    Part(
        "queueing",
        "Jobs that are queued in the transaction of their cause, beside pgqueuer's own over the same connection.",
        ("benchmarks.queueing",),
        ("benchmarks.queueing", "--rounds", "1", "--seconds", "0.2"),
    ),
    Part(
        "paid",
        "Payment events of customers who all paid, applied by the use case the worker's job calls, beside the same"
        " SQL with the same values in the same transactions, sent by raw asyncpg: what differs is Python alone.",
        ("benchmarks.paid",),
        ("benchmarks.paid", "--events", "24", "--rounds", "1"),
    ),
    Part(
        "told",
        "How soon who paid is told so, has the invite and is inside, in a whole demo: one customer after the other, and"
        " at half of what this machine sells a second, with Telegram's and the providers' stand-ins on it.",
        ("benchmarks.told",),
        ("benchmarks.told", "--idle", "1", "--burst", "2", "--half", "2"),
    ),
    Part(
        "bot",
        "A broadcast to a thousand people by the bot's own process, against what Telegram lets a bot send; a button"
        " that is pressed meanwhile; and how many updates a second are answered where sixty people write at once.",
        ("benchmarks.broadcast", "--people", "1000", "--rounds", "3"),
        ("benchmarks.broadcast", "--people", "40"),
    ),
    Part(
        "picks",
        "A pick to all channels of a plan by one sender bot or several, from its acceptance until the last one shows"
        " it, against what Telegram lets so many bots send.",
        ("benchmarks.picks",),
        ("benchmarks.picks", "--channels", "20", "--senders", "1", "2"),
    ),
    Part(
        "provisioning",
        "Channels made for customers who buy at once, by accounts that wait between two, against what that waiting"
        " alone takes; and what a stock of channels leaves of the wait. Demos of their own, with all stand-ins on this"
        " machine.",
        ("benchmarks.provisioning",),
        None,
    ),
    Part(
        "sweep",
        "One run that ends 10,000 accesses to the VIP channel among 100,000, and among a million: the ratio is what the"
        " tenfold crowd costs.",
        ("benchmarks.sweep",),
        ("benchmarks.sweep", "--sizes", "1000", "2000", "--due", "500", "--rounds", "1"),
    ),
    Part(
        "size",
        "Memory of each process with its image's packages alone, after two sales, beside Python and its framework, and"
        " what they work while nobody comes.",
        ("benchmarks.size", "--sales", "2"),
        None,
    ),
    Part(
        "console",
        "Every page of the web console with 100,000 customers over three years, over HTTP: the first look, which counts"
        " where it has to, and of the next twenty the median and p95. Answers of figures are kept for minutes then.",
        ("benchmarks.console",),
        ("benchmarks.console", "--customers", "300", "--rounds", "2"),
    ),
    Part(
        "waiting",
        "What an innocent customer waits for an answer while others are loud, slow or many, beside a quiet chat.",
        ("benchmarks.waiting", "--probes", "10", "--crowd", "50"),
        None,
    ),
)


def run(words: Sequence[str], rows: Path) -> str:
    """What it printed, which is shown while it comes. Raises CalledProcessError."""
    environ = {**os.environ, KEEP_IN: str(rows)}
    said = list[str]()
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=HERE, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            say(line.rstrip("\n"))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(words), "".join(said))
    return "".join(said)


def drawn(part: Part, rows: Sequence[Row]) -> str:
    """Its rows as bars, per cent of the limit, in the order of the table."""
    shares = [round(100 * median(row.ratios)) for row in rows]
    series = Series(f"{part.name}: per cent of the limit", Scale.over(shares), bars=[(share,) for share in shares])
    works = ", ".join(f"{row.work} {share}" for row, share in zip(rows, shares, strict=True))
    return chart([series], [str(place) for place in range(1, len(rows) + 1)], f"Per cent of the limit: {works}")


def kept(path: Path) -> dict[str, Measured]:
    """What was measured before, by parts."""
    found = json.loads(path.read_text()) if path.exists() else {}
    return {name: Measured(**each | {"rows": [Row(**row) for row in each["rows"]]}) for name, each in found.items()}


def written(measured: Mapping[str, Measured], plots: Mapping[str, str]) -> str:
    """The document. plots: the names of pictures by parts."""
    done = [(part, measured[part.name]) for part in PARTS if part.name in measured]
    lines = [
        "# Performance: what the work costs, beside what it could cost",
        "",
        "Written by `make bench`; do not edit. Every ratio is of two things measured in the same run on the same",
        "machine, in turn, round by round: medians, and in brackets the smallest and largest. The absolute figures are",
        "that machine's, and each part says how busy it was and when. `make bench ARGS='--only sweep'` measures one",
        "anew, `make bench-compare BASE=commit` two commits side by side.",
        "",
        "| work | limit in the same run | ours | ratio | wanted |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(row.cells())} |" for _, found in done for row in found.rows),
    ]
    for part, found in done:
        lines += ["", f"## {part.name.capitalize()}", "", part.means, "", f"Measured on {found.machine}."]
        if part.name in plots:
            lines += ["", f"![Per cent of the limit, by the table's rows]({plots[part.name]})"]
        lines += ["", "```console", f"$ {part.command}"]
        lines += [*found.said.rstrip("\n").split("\n"), "```"]
    return "\n".join(lines) + "\n"


def illustrated(folder: Path, measured: Mapping[str, Measured]) -> Mapping[str, str]:
    """Draw each part that has several rows; the names of the pictures, by parts."""
    plots = {}
    for part in PARTS:
        rows = measured[part.name].rows if part.name in measured else ()
        if len(rows) > 1:
            plots[part.name] = f"{PLOTS}-{part.name}.svg"
            picture = folder / plots[part.name]
            picture.parent.mkdir(exist_ok=True)
            picture.write_text(drawn(part, rows))
    return plots


def main() -> None:
    """Measure all, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], default=None)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    measured = kept(KEPT)
    with tempfile.TemporaryDirectory() as scratch:
        rows = Path(scratch) / "rows"
        for part in PARTS:
            words = part.quick if options.quick else part.words
            if words is None or part.name not in (options.only or [part.name]):
                continue
            began, now = time.monotonic(), datetime.now(UTC)
            busy = f"load {os.getloadavg()[0]:.1f} when it began"
            machine = f"{os.cpu_count()} processors, {busy}, {now:%d %B %Y %H:%M} UTC"
            say(f"== {part.name}: python -m {' '.join(words)}")
            before = len(told(rows))
            measured[part.name] = Measured(run(words, rows), told(rows)[before:], machine)
            say(f"   ({time.monotonic() - began:.0f} s)")
            if not options.quick:
                # After each: one that is broken off has what it measured.
                known = {name: asdict(found) for name, found in measured.items()}
                KEPT.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n")
                options.out.write_text(written(measured, illustrated(options.out.parent, measured)))


if __name__ == "__main__":
    main()
