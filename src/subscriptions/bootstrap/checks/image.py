"""Check of the age of the container image. An old image lacks later security fixes of its base image."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

BASE_IS_OLD: Final = timedelta(days=92)
_MARKS: Final = (".dockerenv", "run/.containerenv")
"""Files by which a Docker or Podman container is recognized."""
_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"
_PACKAGES: Final = "var/lib/dpkg/status"
"""Path of Debian's package list. The file was last written when the base image was built."""


def report_of_image(environ: Mapping[str, str], now: datetime, root: Path = Path("/")) -> Sequence[str]:
    """Return a line if this process runs in a container whose base image is older than three months."""
    if not (environ.get(_CLUSTER) or any((root / mark).exists() for mark in _MARKS)):
        return []
    try:
        made_at = datetime.fromtimestamp((root / _PACKAGES).stat().st_mtime, UTC)
    except OSError:
        return []
    if now - made_at <= BASE_IS_OLD:
        return []
    return [
        f"image: its base is of {made_at:%Y-%m-%d}, and what was mended in the system since is not in it; take the"
        " images of the newest release, or run python -m scripts.pin_images and build yours again"
    ]
