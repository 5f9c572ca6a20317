"""Pin the base images by their digests: `python -m scripts.pin_images [--check] [--registry URL]`.

Fetch the current `python:3.11-slim`, `postgres:18`, `caddy:2` and the images of `deploy/compose.watch.yml` from the
registry, verify each response against its own digest, and write `@sha256:…` after the names and the date into
`deploy/images-asked`. With `--check`, no registry is contacted; `make release` stops unless this check exits with 0.

Exit codes: 1 an image has no digest; 3 the registry was unreachable and nothing is written; 4 the last fetch is older
than three months, so the images lack later security fixes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx

from subscriptions.bootstrap.checks.image import BASE_IS_OLD

ROOT: Final = Path(__file__).parents[1]
UNPINNED: Final = 1
OUT_OF_REACH: Final = 3
OLD: Final = 4
ASKED: Final = "deploy/images-asked"
"""File with the date of the last fetch from the registry."""
DOCKER_HUB: Final = "https://registry-1.docker.io"
TIMEOUT_S: Final = 20
PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "Dockerfile": re.compile(r"(?<=ARG BASE=)(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?"),
    "docker-compose.yml": re.compile(
        r"(?:(?<=POSTGRES_IMAGE:-)|(?<=CADDY_IMAGE:-))(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?"
    ),
    "deploy/compose.watch.yml": re.compile(
        r"(?:(?<=PROMETHEUS_IMAGE:-)|(?<=GRAFANA_IMAGE:-))"
        r"(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?"
    ),
}
"""Files that name third-party images, with the pattern of the names."""
_KINDS: Final = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.index.v1", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1")
)


class Unverified(Exception):
    """Raised if the registry's response does not match its digest or is invalid."""


def unpinned(root: Path) -> list[str]:
    """Return the images without a digest, as written in the files."""
    found = {path: [*pattern.finditer((root / path).read_text())] for path, pattern in PATTERNS.items()}
    lost = [f"{path}: names no image where one was" for path, matches in found.items() if not matches]
    return lost + [match[0] for matches in found.values() for match in matches if not match["digest"]]


def age(root: Path, today: date) -> timedelta:
    """Return the time since the last fetch from the registry. Raise ValueError if the file contains no date."""
    return today - date.fromisoformat((root / ASKED).read_text().strip())


def digest_of(client: httpx.Client, name: str, tag: str) -> str:
    """Return the current digest of a tag; the digest covers all architectures. Raise Unverified if the registry's
    response is invalid, or httpx.HTTPError if the request fails.
    """
    path = f"/v2/{name if '/' in name else f'library/{name}'}/manifests/{tag}"
    answer = client.get(path, headers={"Accept": _KINDS})
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        asked = dict(re.findall(r'(\w+)="([^"]*)"', answer.headers.get("www-authenticate", "")))
        given = client.get(asked.pop("realm", ""), params=asked).raise_for_status().json()
        answer = client.get(path, headers={"Accept": _KINDS, "Authorization": f"Bearer {given['token']}"})
    answer.raise_for_status()
    digest = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
    if answer.headers.get("docker-content-digest", digest) != digest:
        raise Unverified(f"{name}:{tag}: the answer has another digest than it says")
    return digest


def pin(root: Path, registry: str) -> list[str]:
    """Pin all images or none, and return the changes. Raise the errors of `digest_of`."""
    with httpx.Client(base_url=registry, timeout=TIMEOUT_S) as client:
        made = {
            path: pattern.sub(
                lambda match: f"{match['name']}:{match['tag']}@{digest_of(client, match['name'], match['tag'])}",
                (root / path).read_text(),
            )
            for path, pattern in PATTERNS.items()
        }
    for path, text in made.items():
        (root / path).write_text(text)
    (root / ASKED).write_text(f"{_today()}\n")
    return [match[0] for path, pattern in PATTERNS.items() for match in pattern.finditer(made[path])]


def _today() -> date:
    return datetime.now(UTC).date()


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code, as described in the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--registry", default=DOCKER_HUB)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.check:
        lacking = unpinned(options.root)
        for name in lacking:
            print(f"not named by its digest: {name}; run python -m scripts.pin_images", file=sys.stderr)
        old = age(options.root, _today())
        if old > BASE_IS_OLD:
            print(
                f"the registry was last asked for base images {old.days} days ago, and what was mended since is not in"
                " them; run python -m scripts.pin_images",
                file=sys.stderr,
            )
        return UNPINNED if lacking else OLD if old > BASE_IS_OLD else 0
    try:
        print("\n".join(pin(options.root, options.registry)))
    except (httpx.HTTPError, Unverified) as error:
        print(f"nothing was written: {error}", file=sys.stderr)
        return OUT_OF_REACH
    return 0


if __name__ == "__main__":
    sys.exit(main())
