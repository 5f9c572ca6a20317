"""Run all parsers under a coverage-guided fuzzer for some seconds: `python -m scripts.fuzz --seconds N [--target T]`.

For any bytes, a parser must raise only its own errors (`tests/fuzz/targets.py`). The run ends at the first input that
raises another error. The input's bytes are stored in `.fuzz/TARGET/`; copy them to `tests/fuzz/corpus/TARGET/` together
with the fix, because every run of the tests replays that corpus. Exit code 3 if atheris is not installed: it has wheels
for Linux on x86-64 only.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

MISSING: Final = 3
LONGEST: Final = 4096
SLOW_S: Final = 30
"""Seconds after which an input counts as a finding. The limit is long because the machine may be busy."""
OURS: Final = ("tests.fuzz", "bot", "features", "subscriptions", "umbral", "dotenv")

Take = Callable[[bytes], None]


def available() -> bool:
    """Return True if atheris is installed."""
    return find_spec("atheris") is not None


def chosen(takes: Mapping[str, Take], finds: Path) -> Take:
    """Combine the targets into one function, in which the first byte selects the target. An input that raises an
    exception is stored.
    """
    names = [*takes]

    def take(data: bytes) -> None:
        name, rest = names[data[0] % len(names)] if data else names[0], data[1:]
        try:
            takes[name](rest)
        except Exception as error:  # Any exception is a finding.
            path = finds / name / sha256(rest).hexdigest()[:16]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(rest)
            print(f"{name}: {type(error).__name__}: {error}\n  mv {path} tests/fuzz/corpus/{name}/", file=sys.stderr)
            raise

    return take


def fuzz(module: str, wanted: Sequence[str], seconds: int, finds: Path) -> None:
    """Fuzz in this process, which ends together with the fuzzer. module: module that defines TARGETS and `corpus`."""
    import atheris  # noqa: PLC0415  # only if installed

    with atheris.instrument_imports(include=[*OURS, module], enable_loader_override=False):
        targets = importlib.import_module(module)
    takes = {name: take for name, take in targets.TARGETS.items() if name in wanted or not wanted}
    known = finds / "known"
    known.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(takes):
        for number, seed in enumerate(targets.corpus(name)):
            (known / f"{name}-{number}").write_bytes(bytes([index]) + seed)
    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOW_S}", f"-artifact_prefix={finds}/"]
    atheris.Setup([sys.argv[0], str(known), *limits], chosen(takes, finds))
    atheris.Fuzz()


def main(words: Sequence[str] | None = None) -> int:
    """Run the fuzzer and return the exit code, as described in the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--target", action="append", default=[], help="this one alone; may be given again")
    parser.add_argument("--finds", type=Path, default=Path(".fuzz"))
    parser.add_argument("--module", default="tests.fuzz.targets", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if not available():
        print("fuzzing did NOT run: atheris is not installed here", file=sys.stderr)
        return MISSING
    fuzz(options.module, options.target, options.seconds, options.finds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
