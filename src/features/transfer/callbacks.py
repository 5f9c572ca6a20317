"""Callback data of the buttons about other accounts."""

from typing import Final

ACCOUNT: Final = "account"
ACCOUNT_NAME: Final = "account_name"
ACCOUNT_FORGET: Final = "account_forget"
ACCOUNT_TAKE: Final = "account_take"
ACCOUNT_TAKE_SURE: Final = "account_take_sure"
ACCOUNT_OBJECT: Final = "account_object"
