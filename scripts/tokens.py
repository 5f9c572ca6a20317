"""Count the tokens of `src` per folder: names, numbers, strings and operators, as Python's `tokenize` reads them.

    python -m scripts.tokens              the checkout
    python -m scripts.tokens 4b0d00a4     the checkout, compared with an older commit

A feature's samples for the contact sheets are not counted.
"""

import io
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
COUNTED: Final = frozenset({tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP})
LEFT_OUT: Final = "samples.py"
LARGE: Final = frozenset({"subscriptions", "features"})
"""Folders of `src` that are reported separately for each of their subfolders."""


def modules(revision: str | None) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield the path and text of each module of `src`, in the checkout or at a commit."""
    listed = ["git", "ls-tree", "-r", "--name-only", revision, "src"] if revision else ["git", "ls-files", "src"]
    for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split():
        path = PurePosixPath(name)
        if path.suffix != ".py" or path.name == LEFT_OUT:
            continue
        if revision:
            shown = subprocess.run(["git", "show", f"{revision}:{name}"], cwd=ROOT, check=True, capture_output=True)
            yield path, shown.stdout
        elif (ROOT / name).is_file():
            yield path, (ROOT / name).read_bytes()


def counted(revision: str | None = None) -> Counter[str]:
    """Return the number of tokens per folder, and the total of `src`."""
    totals: Counter[str] = Counter()
    for path, text in modules(revision):
        depth = 3 if path.parts[1] in LARGE else 2
        number = sum(token.type in COUNTED for token in tokenize.tokenize(io.BytesIO(text).readline))
        totals["/".join(path.parts[:-1][:depth])] += number
        totals["src"] += number
    return totals


def main(arguments: Sequence[str]) -> int:
    """Print a line for each folder, largest first."""
    now = counted()
    before = counted(arguments[0]) if arguments else Counter[str]()
    for folder in sorted({*now, *before}, key=lambda folder: (-now[folder], folder)):
        print(f"{now[folder]:>9,} {f'{before[folder]:>9,} ' if arguments else ''} {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
