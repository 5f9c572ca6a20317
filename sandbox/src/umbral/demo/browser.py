"""Function that opens the demo's page in a browser, if there is a graphical session."""

from __future__ import annotations

import os
import sys
import webbrowser


def open_page(url: str) -> None:
    """Open the page in the user's browser; do nothing in CI or without a graphical session."""
    graphical = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if graphical and not os.environ.get("CI"):
        webbrowser.open(url)
