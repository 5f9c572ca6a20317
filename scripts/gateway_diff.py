"""Show the files of each commit in a range, and fail if they are more than a new gateway may change.

A gateway may add its folder, its simulator, its tests, its line under each entry point group, documents, the lock and
the settings example. The gateway is the one whose lines the range adds to pyproject.toml, or `--gateway NAME`. Needs
only git and Python, so that it runs before anything is installed. Exit code: 0 all files are the gateway's, 1 at least
one is not, 2 the range could not be examined.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

PYPROJECTS = ("pyproject.toml", "sandbox/pyproject.toml")
GROUPS = ("umbral.payment_gateways", "umbral.gateway_simulators")
FOLDERS = ("src/subscriptions/infrastructure/payments/{name}/", "sandbox/src/umbral_sandbox/payments/{name}/", "docs/")
FILES = ("requirements.lock", ".env.example")
_RANGE = re.compile(r"[^.\s-][^\s]*?\.\.[^.\s-][^\s]*")
_NAME = re.compile(r"[a-z0-9_]+")


class Unusable(Exception):
    """The range cannot be examined; the message says why."""


@dataclass(frozen=True)
class Finding:
    """A path that a commit changes. complaint: the reason it must not, None if it may."""

    path: str
    complaint: str | None


def git(*arguments: str) -> str:
    """Return git's output. Raise Unusable with git's error."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unusable(done.stderr.strip() or f"git {arguments[0]} failed")
    return done.stdout


def ends(text: str) -> tuple[str, str]:
    """Return both commits of FROM..TO. Raise Unusable for an invalid range or unknown commits."""
    if not _RANGE.fullmatch(text) or "..." in text:
        raise Unusable(f"{text!r} is no range: give FROM..TO, two commits with two dots between them")
    first, _, last = text.partition("..")
    return _commit(first), _commit(last)


def _commit(name: str) -> str:
    try:
        return git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    except Unusable as error:
        raise Unusable(f"there is no commit {name!r} here") from error


def commits(first: str, last: str) -> list[str]:
    """Return the commits of the range, oldest first. Raise Unusable if there are none."""
    found = git("rev-list", "--reverse", "--topo-order", f"{first}..{last}").split()
    if not found:
        raise Unusable("there are no commits in that range")
    return found


def registered(commit: str) -> set[str]:
    """Return the gateways and simulators that both distributions register at a commit."""
    found: set[str] = set()
    for path in PYPROJECTS:
        try:
            groups = tomllib.loads(content(commit, path)).get("project", {}).get("entry-points", {})
        except tomllib.TOMLDecodeError as error:
            raise Unusable(f"{path} at {commit[:10]} cannot be read: {error}") from error
        found |= {name for group in GROUPS for name in groups.get(group, {})}
    return found


def content(commit: str, path: str) -> str:
    """Return the content of a file at a commit; empty if it does not exist."""
    if not git("ls-tree", "--full-tree", commit, "--", path):
        return ""
    return git("show", f"{commit}:{path}")


def gateway_of(first: str, last: str) -> str:
    """Return the one gateway that the range adds. Raise Unusable if there is none, or more."""
    added = sorted(registered(last) - registered(first))
    if len(added) != 1:
        which = f"adds {', '.join(added)}" if added else f"adds no gateway to {PYPROJECTS[0]}"
        raise Unusable(f"the range {which}; say which one is meant: --gateway NAME")
    return added[0]


def touched(commit: str) -> list[str]:
    """Return the paths that a commit changes, with both names of renamed files; for a merge, its own changes."""
    listed = git("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--no-renames", "--name-only", "--cc", commit)
    return [path for path in listed.split("\0") if path]


def judged(commit: str, name: str) -> list[Finding]:
    """Return every path of a commit with its complaint."""
    return [Finding(path, _complaint(commit, path, name)) for path in touched(commit)]


def _complaint(commit: str, path: str, name: str) -> str | None:
    if path in PYPROJECTS:
        return _more_than_lines(commit, path, name)
    if path in FILES or ("/" not in path and path.endswith(".md")):
        return None
    if any(path.startswith(folder.format(name=name)) for folder in FOLDERS):
        return None
    if path.startswith(("tests/", "sandbox/tests/")):
        # Tests belong to the gateway if a folder or the file is named after it: sandbox/tests/test_NAME_api.py.
        mine = re.search(rf"(?:^|[/_.-]){re.escape(name)}(?:[/_.-]|$)", path)
        return None if mine else f"a test that is not named after {name}"
    return f"not {name}'s own"


def _more_than_lines(commit: str, path: str, name: str) -> str | None:
    parents = git("rev-list", "--parents", "-n", "1", commit).split()[1:]
    now = without_lines(content(commit, path), name)
    before = [without_lines(content(parent, path), name) for parent in parents] or [""]
    if now in before:
        return None
    return f"more than {name}'s line under {' and '.join(GROUPS)}"


def without_lines(text: str, name: str) -> str:
    """Return pyproject.toml without this gateway's line under each of the groups."""
    kept, group = [], ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip()
        ours = re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line)
        if not (ours and group in {f'[project.entry-points."{each}"]' for each in GROUPS}):
            kept.append(line)
    return "\n".join(kept)


def report(range_text: str, name: str | None) -> int:
    """Print every commit with its paths, then the total, and return the exit code."""
    first, last = ends(range_text)
    if name is not None and not _NAME.fullmatch(name):
        raise Unusable(f"{name!r} is no gateway's name: a-z, 0-9 and _")
    found = commits(first, last)
    gateway = name or gateway_of(first, last)
    wrong: list[tuple[str, Finding]] = []
    paths = 0
    for commit in found:
        print(git("show", "--no-patch", "--format=%h %s", commit).strip())
        for each in judged(commit, gateway):
            paths += 1
            print(f"  {'ok ' if each.complaint is None else 'NO '} {each.path}")
            if each.complaint is not None:
                wrong.append((commit, each))
    print()
    for commit, each in wrong:
        print(f"{commit[:10]} {each.path}: {each.complaint}")
    where = f"in {len(found)} {'commit' if len(found) == 1 else 'commits'}"
    if wrong:
        print(f"{gateway}: {len(wrong)} of {paths} changes {where} are not its own")
        return 1
    print(f"{gateway}: {paths} changes {where}, all its own")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("check-gateway-diff", description="What the commits that add a gateway touch.")
    parser.add_argument("range", metavar="FROM..TO", help="from the commit before the first to the last one")
    parser.add_argument("--gateway", metavar="NAME", help="whose commits they are; else the one that the range adds")
    given = parser.parse_args(arguments)
    try:
        return report(given.range, given.gateway)
    except Unusable as error:
        print(f"check-gateway-diff: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
