"""Folders of the web pages' files, and URLs of static files."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Final

from subscriptions.bootstrap.features import installed

WEB_DIR: Final = Path(__file__).parent
STATIC: Final = WEB_DIR / "static"
TEMPLATES: Final = WEB_DIR / "templates"
LOCALES: Final = WEB_DIR / "locales"


@lru_cache(maxsize=32)
def asset(name: str) -> str:
    """Return the URL of a static file with a hash of its content, so that browsers never use an outdated copy."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def templates_of_features() -> Sequence[Path]:
    """Return the folders with the templates of installed features."""
    folders = [Path(*import_module(each).__path__) / "templates" for each in installed().packages.values()]
    return [each for each in folders if each.is_dir()]
