"""Names the base images by their digests: `python -m scripts.pin_images [--check] [--registry URL]`.

Asks the registry what `python:3.11-slim`, `postgres:18` and `caddy:2` are now, holds each answer against its own
digest, and writes `@sha256:…` behind the names in Dockerfile and docker-compose.yml. With `--check` it asks nobody, and
ends with 1 where an image has no digest: `make release` goes no further then. 3: the registry was out of reach, nothing
is written.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).parents[1]
UNPINNED: Final = 1
OUT_OF_REACH: Final = 3
DOCKER_HUB: Final = "https://registry-1.docker.io"
TIMEOUT_S: Final = 20
PLACES: Final[Mapping[str, re.Pattern[str]]] = {
    "Dockerfile": re.compile(r"(?<=ARG BASE=)(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?"),
    "docker-compose.yml": re.compile(
        r"(?:(?<=POSTGRES_IMAGE:-)|(?<=CADDY_IMAGE:-))(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?"
    ),
}
"""Where images of others are named."""
_KINDS: Final = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.index.v1", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1")
)


class Unverified(Exception):
    """What the registry answered is not what its digest says, or no answer at all."""


def unpinned(root: Path) -> list[str]:
    """Images without a digest, as they are written."""
    found = {place: [*pattern.finditer((root / place).read_text())] for place, pattern in PLACES.items()}
    lost = [f"{place}: names no image where one was" for place, matches in found.items() if not matches]
    return lost + [match[0] for matches in found.values() for match in matches if not match["digest"]]


def digest_of(client: httpx.Client, name: str, tag: str) -> str:
    """What a tag is now, for all kinds of machines together. Raises Unverified, httpx.HTTPError."""
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
    """Write them all, or nothing. What was written. Raises as `digest_of`."""
    with httpx.Client(base_url=registry, timeout=TIMEOUT_S) as client:
        made = {
            place: pattern.sub(
                lambda match: f"{match['name']}:{match['tag']}@{digest_of(client, match['name'], match['tag'])}",
                (root / place).read_text(),
            )
            for place, pattern in PLACES.items()
        }
    for place, text in made.items():
        (root / place).write_text(text)
    return [match[0] for place, pattern in PLACES.items() for match in pattern.finditer(made[place])]


def main(words: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--registry", default=DOCKER_HUB)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.check:
        lacking = unpinned(options.root)
        for name in lacking:
            print(f"not named by its digest: {name}; run python -m scripts.pin_images", file=sys.stderr)
        return UNPINNED if lacking else 0
    try:
        print("\n".join(pin(options.root, options.registry)))
    except (httpx.HTTPError, Unverified) as error:
        print(f"nothing was written: {error}", file=sys.stderr)
        return OUT_OF_REACH
    return 0


if __name__ == "__main__":
    sys.exit(main())
