"""Callback data of the button that sends the links to the Mini App."""

from typing import Final

APP: Final = "app_page"
