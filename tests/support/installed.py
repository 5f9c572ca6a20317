"""Simulation of `pip install 'umbral-access[EXTRA]'`, built from the installed packages without a download."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import distribution, distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS: Final = "umbral-access"
SANDBOX: Final = "umbral-access-sandbox"
LOOP: Final = """
import contextlib, io, json, os, sys, traceback
folders, lines = json.loads(sys.argv[1]), json.loads(sys.argv[2])
sys.path[:0] = folders
from umbral.cli import main
settings = dict(os.environ)
for line in lines:
    said = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    with contextlib.redirect_stdout(said[0]), contextlib.redirect_stderr(said[1]):
        try:
            status = main(line)
        except BaseException:
            status = -1
            traceback.print_exc()
    os.environ.clear()
    os.environ.update(settings)
    texts = [each.buffer.getvalue().decode() if not each.closed else "" for each in said]
    print(json.dumps([status, *texts]), flush=True)
"""
"""Code that runs command lines one after the other in one process, so that each module is loaded once."""


def extras() -> list[str]:
    """Return the extras that can be installed separately."""
    return sorted(set(distribution(OURS).metadata.get_all("Provides-Extra") or ()) - {"dev"})


def install(extra: str, folder: Path) -> Path:
    """Link the packages of an extra into a folder, except our own distributions, and return the folder."""
    wanted = {name for name, _ in _closure(OURS, extra)} - {OURS, SANDBOX}
    owners: dict[str, set[str]] = {}
    for each in distributions():
        name = canonicalize_name(each.metadata["Name"])
        for top in {file.parts[0] for file in each.files or ()}:
            owners.setdefault(top, set()).add(name)
    folder.mkdir()
    site = Path(sysconfig.get_path("purelib"))
    for name in wanted:
        for file in distribution(name).files or ():
            top = file.parts[0]
            if top in {"..", "__pycache__"} or top.endswith(".pth"):
                continue
            # A folder shared with distributions outside the extra is linked file by file.
            whole = owners[top] <= wanted
            target = folder / (top if whole else str(file))
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(site / (top if whole else str(file)))
    return folder


def _closure(name: str, extra: str, seen: set[tuple[str, str]] | None = None) -> set[tuple[str, str]]:
    """Return the distributions that a distribution requires with an extra, each with the extra by which it is required;
    the extra may be empty.
    """
    found = set() if seen is None else seen
    if (name, extra) in found:
        return found
    found.add((name, extra))
    for line in distribution(name).requires or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": extra}):
            for each in ("", *needed.extras):
                _closure(canonicalize_name(needed.name), each, found)
    return found


def command(folders: Sequence[Path], lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the command of a process that runs these command lines with only the given folders installed."""
    return [sys.executable, "-I", "-S", "-c", LOOP, json.dumps([str(each) for each in folders]), json.dumps([*lines])]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables of the process that runs the command lines."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings}


def answers(said: str) -> Iterator[tuple[int, str, str]]:
    """Yield the status, output and errors of each command line, parsed from the process's output."""
    for line in said.splitlines():
        status, out, err = json.loads(line)
        yield status, out, err
