"""Check that the commits of a range change only files that a new gateway may change. All changed files are listed.

A gateway may add its folder, its simulator, its tests, its line in each entry point group, documents, the lock file and
the settings example. The gateway is the one whose lines the range adds to pyproject.toml, or `--gateway NAME`. Only git
and Python are needed, so that the check runs before anything is installed. Exit codes: 0 all files belong to the
gateway, 1 at least one does not, 2 the range could not be examined.
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
    """Raised if the range cannot be examined. The message states the reason."""


@dataclass(frozen=True)
class Finding:
    """A path changed by a commit. complaint: reason why the commit must not change the path; None if it may."""

    path: str
    complaint: str | None


def git(*arguments: str) -> str:
    """Return git's output. Raise Unusable with git's error message if the command fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unusable(done.stderr.strip() or f"git {arguments[0]} failed")
    return done.stdout


def ends(text: str) -> tuple[str, str]:
    """Return both commits of FROM..TO. Raise Unusable for an invalid range or an unknown commit."""
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
    """Return the commits of the range, oldest first. Raise Unusable if the range is empty."""
    found = git("rev-list", "--reverse", "--topo-order", f"{first}..{last}").split()
    if not found:
        raise Unusable("there are no commits in that range")
    return found


def registered(commit: str) -> set[str]:
    """Return the names of all gateways and simulators that the project files (pyproject.toml) register at a commit."""
    found: set[str] = set()
    for path in PYPROJECTS:
        try:
            groups = tomllib.loads(content(commit, path)).get("project", {}).get("entry-points", {})
        except tomllib.TOMLDecodeError as error:
            raise Unusable(f"{path} at {commit[:10]} cannot be read: {error}") from error
        found |= {name for group in GROUPS for name in groups.get(group, {})}
    return found


def content(commit: str, path: str) -> str:
    """Return the content of a file at a commit, or an empty text if the file does not exist."""
    if not git("ls-tree", "--full-tree", commit, "--", path):
        return ""
    return git("show", f"{commit}:{path}")


def gateway_of(first: str, last: str) -> str:
    """Return the only gateway that the range adds. Raise Unusable if the range adds none or several."""
    added = sorted(registered(last) - registered(first))
    if len(added) != 1:
        which = f"adds {', '.join(added)}" if added else f"adds no gateway to {PYPROJECTS[0]}"
        raise Unusable(f"the range {which}; say which one is meant: --gateway NAME")
    return added[0]


def touched(commit: str) -> list[str]:
    """Return the paths that a commit changes, including both names of a renamed file. For a merge, return only the
    merge's own changes.
    """
    listed = git("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--no-renames", "--name-only", "--cc", commit)
    return [path for path in listed.split("\0") if path]


def judged(commit: str, name: str) -> list[Finding]:
    """Return every path changed by a commit, with a complaint if the change is not permitted."""
    return [Finding(path, _complaint(commit, path, name)) for path in touched(commit)]


def _complaint(commit: str, path: str, name: str) -> str | None:
    if path in PYPROJECTS:
        return _more_than_lines(commit, path, name)
    if path in FILES or ("/" not in path and path.endswith(".md")):
        return None
    if any(path.startswith(folder.format(name=name)) for folder in FOLDERS):
        return None
    if path.startswith(("tests/", "sandbox/tests/")):
        # A test belongs to the gateway if its folder or file name contains the gateway's name:
        # sandbox/tests/test_NAME_api.py.
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
    """Return the text of pyproject.toml without the gateway's line in each entry point group."""
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
    """Run the command and return the exit code, as described in the module's docstring."""
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
