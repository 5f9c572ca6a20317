"""Callback data of the button that opens the Mini App in a browser."""

from typing import Final

APP: Final = "app_page"
