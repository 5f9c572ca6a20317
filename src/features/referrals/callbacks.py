"""Callback data of the button about referrals."""

from typing import Final

REFERRALS: Final = "referrals"
