"""Build, push and sign every image: `python -m scripts.publish IMAGES FOLDER [--unsigned]`.

IMAGES is the target, such as `registry.example.com/umbral`, to which Docker must be logged in. FOLDER receives
everything that an operator needs: Compose files that name each image by its digest and build no image, `.env.example`
and `upgrade`. Nothing is written unless every image was pushed, and signed by cosign with the identity
of the caller (sigstore's keyless signing). Third-party images that are not named by their digests are refused, as by
`make release`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from scripts import pin_images

ROOT: Final = Path(__file__).parents[1]
TARGETS: Final = ("migrate", "web", "worker", "worker-backup", "bot", "bot-marks", "userbot")
PLATFORMS: Final = "linux/amd64,linux/arm64"
COMPOSE_FILES: Final = ("docker-compose.yml", "compose.backup.yml", "compose.marks.yml")
BESIDE: Final = {".env.example": ".env.example", "upgrade": "scripts/upgrade"}
"""Further files for the operator, with their paths in the repository."""
FAILED: Final = 1

_BUILT_HERE: Final = re.compile(r"^ +build: .*\n", re.MULTILINE)
_OURS: Final = re.compile(r"image: umbral-(?P<target>[\w-]+):\$\{UMBRAL_VERSION:-latest\}")
_BUILDS: Final = "docker compose up -d --build"


def composed(text: str, images: str, version: str, digests: Mapping[str, str]) -> str:
    """Return the text of a Compose file for operators without a checkout. digests: digests of the images, keyed by
    build target. UMBRAL_VERSION selects another release, to go back after an upgrade.
    """
    taken = _BUILT_HERE.sub("", text).replace(_BUILDS, "docker compose up -d")
    return _OURS.sub(
        lambda found: (
            f"image: {images}/umbral-{found['target']}:${{UMBRAL_VERSION:-{version}@{digests[found['target']]}}}"
        ),
        taken,
    )


def published(target: str, images: str, version: str, *, signed: bool) -> str:
    """Build and push an image, and return its digest. Raise CalledProcessError or FileNotFoundError if Docker or cosign
    fails or is not installed.

    signed: True to sign the image by cosign.
    """
    name = f"{images}/umbral-{target}"
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "metadata.json"
        words = ["docker", "buildx", "build", "--push", "--provenance=mode=max", "--sbom=true"]
        about = [f"--platform={PLATFORMS}", f"--target={target}", f"--tag={name}:{version}", f"--metadata-file={told}"]
        subprocess.run([*words, *about, f"--build-arg=VERSION={version}", "."], cwd=ROOT, check=True)
        digest: str = json.loads(told.read_text())["containerimage.digest"]
    if signed:
        subprocess.run(["cosign", "sign", "--yes", f"{name}@{digest}"], check=True)
    return digest


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code, as described in the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unsigned", action="store_true", help="for a registry of your own")
    parser.add_argument("--unpinned", action="store_true", help="to try it; never to hand out")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if not options.unpinned and (refused := pin_images.main(["--check", f"--root={options.root}"])):
        return refused
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = options.images.rstrip("/")
    try:
        digests = {each: published(each, images, version, signed=not options.unsigned) for each in TARGETS}
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        print(f"nothing was written: {error}", file=sys.stderr)
        return FAILED
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in COMPOSE_FILES:
        (options.folder / name).write_text(composed((ROOT / name).read_text(), images, version, digests))
    for name, path in BESIDE.items():
        (options.folder / name).write_bytes((ROOT / path).read_bytes())
    print("".join(f"{images}/umbral-{target}:{version}@{digest}\n" for target, digest in digests.items()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
