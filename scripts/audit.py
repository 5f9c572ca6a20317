"""Check of the packages in requirements.lock for known vulnerabilities: `python -m scripts.audit [--database
PyPI.zip]`.

The database is OSV's export of the ecosystem PyPI (https://google.github.io/osv.dev/data/), which can be copied to
machines without a network. Exit codes: 0 no known vulnerabilities, 1 vulnerabilities found, 2 the database is
unreadable, 3 not run because the database is unreachable, which must not be mistaken for a pass.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from deploy import lock_of

SOURCE: Final = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
OUT_OF_REACH, UNREADABLE, FOUND, CLEAN = 3, 2, 1, 0


def pinned(lock: str) -> dict[str, set[str]]:
    """Return the pinned versions of each package in the lock file, keyed by normalised package name."""
    found: dict[str, set[str]] = {}
    for entry in lock_of.entries(lock).values():
        for line in (line for line in entry.splitlines() if "==" in line and not line.startswith(" ")):
            name, _, rest = line.partition("==")
            version = rest.replace(";", " ").replace("\\", " ").split()[0]
            found.setdefault(canonicalize_name(name.partition("[")[0]), set()).add(version)
    return found


def weaknesses(advisories: Iterator[Mapping[str, Any]], lock: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield a line for each advisory that affects a pinned version, ignoring withdrawn advisories."""
    for advisory in advisories:
        if "withdrawn" in advisory:
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            name = canonicalize_name(package.get("name", ""))
            for version in sorted(lock.get(name, ())) if package.get("ecosystem") == "PyPI" else ():
                if version in affected.get("versions", ()) or _within(affected, version):
                    yield f"{name} {version}: {advisory['id']} {advisory.get('summary', '')}".rstrip()


def _within(affected: Mapping[str, Any], version: str) -> bool:
    """Return True if one of the affected ranges contains this
    version (https://ossf.github.io/osv-schema/#evaluation).
    """
    try:
        return any(
            _inside(each.get("events", ()), Version(version))
            for each in affected.get("ranges", ())
            if each.get("type") == "ECOSYSTEM"
        )
    except InvalidVersion:
        return False


def _inside(events: Any, version: Version) -> bool:
    inside = False
    for event in events:
        if "introduced" in event:
            inside = inside or version >= Version(event["introduced"])
        elif "fixed" in event:
            inside = inside and version < Version(event["fixed"])
        elif "last_affected" in event:
            inside = inside and version <= Version(event["last_affected"])
    return inside


def advisories(archive: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield each advisory of an export. Raise zipfile.BadZipFile or json.JSONDecodeError if the export is invalid."""
    with zipfile.ZipFile(io.BytesIO(archive)) as export:
        for name in export.namelist():
            yield json.loads(export.read(name))


def main(arguments: list[str] | None = None) -> int:
    """Run the check and return its exit code, as described in the module's docstring."""
    parser = argparse.ArgumentParser(description="known weaknesses of what requirements.lock pins")
    parser.add_argument("--database", type=Path, help="OSV's export of PyPI; fetched where none is given")
    parser.add_argument("--source", default=SOURCE, help="where it is fetched from")
    parser.add_argument("--lock", type=Path, default=Path(__file__).parent.parent / "requirements.lock")
    options = parser.parse_args(arguments)
    try:
        archive = options.database.read_bytes() if options.database else _fetched(options.source)
    except (OSError, httpx.HTTPError) as error:
        where = options.database or options.source
        sys.stderr.write(f"The audit did NOT run: {where} is out of reach ({error}). Nothing is known either way.\n")
        return OUT_OF_REACH
    lock = pinned(options.lock.read_text())
    try:
        found = sorted(set(weaknesses(advisories(archive), lock)))
    except (zipfile.BadZipFile, ValueError) as error:
        sys.stderr.write(f"The audit did NOT run: the database cannot be read ({error}).\n")
        return UNREADABLE
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(lock)} packages looked at, {len(found)} known weaknesses\n")
    return FOUND if found else CLEAN


def _fetched(source: str) -> bytes:
    with httpx.Client(timeout=60, follow_redirects=True) as client:
        return client.get(source).raise_for_status().content


if __name__ == "__main__":
    sys.exit(main())
