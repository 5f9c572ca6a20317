"""The one name by which the product knows this provider."""

from typing import Final

PROVIDER: Final = "paypal"
