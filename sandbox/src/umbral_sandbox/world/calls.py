"""Records of the product's calls to the simulators, in which secrets are masked."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, JsonValue

_TOKENS: Final = re.compile(r"\b(\d{5,}):[A-Za-z0-9_-]{30,}|\b((?:sk|rk|whsec)_(?:test_|live_)?)[A-Za-z0-9_]{8,}")
_SECRET_NAMES: Final = re.compile(r"^(secret|secret_token|provider_token|password|api_key|api_hash|token)$")
_MASK: Final = "•••"


class Call(BaseModel):
    """Call of the product to a simulator: its caller, method, parameters and result."""

    id: int
    time: datetime
    protocol: str
    who: str
    method: str
    params: dict[str, JsonValue]
    state: Literal["held", "done", "failed"]
    error: str | None = None


def masked(params: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return ``params`` as JSON, with tokens and passwords masked."""
    return {name: _MASK if value and _SECRET_NAMES.match(name) else _json(value) for name, value in params.items()}


def mask_text(text: str) -> str:
    """Return ``text`` with every bot token and API key masked."""
    return _TOKENS.sub(lambda match: f"{match[1]}:{_MASK}" if match[1] else f"{match[2]}{_MASK}", text)


def _json(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return value.hex() if len(value) <= 32 else f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return dict(masked({str(name): inner for name, inner in value.items()}))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_json(inner) for inner in value]
    return mask_text(value.isoformat() if isinstance(value, datetime) else str(value))
