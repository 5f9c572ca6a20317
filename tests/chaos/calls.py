"""Attribution of external calls to the process that made them and the person whom they concern."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from tests.chaos.steps import Point

QUIET = frozenset({"getUpdates"})
"""Calls that a process makes constantly, which are not steps of a flow."""

ASKED_BY_WORKER = "getStarTransactions"
"""Bot API call made by the worker instead of the bot, because Telegram is also a payment provider."""


class Caller:
    """Converter from a line of the sandbox's call log to a step of the flow, for calls about the given people."""

    def __init__(self, facts: Mapping[str, Any], people: Collection[int]) -> None:
        """facts: connection data of the sandbox world."""
        self._seller, self._owner, self._people = facts["bot_username"], facts["admin_id"], frozenset(people)

    def point(self, call: Mapping[str, Any]) -> Point | None:
        """Return the point of the flow at which a call was made, or None if the call does not concern the given
        people.
        """
        protocol, method, params = call["protocol"], call["method"], call["params"]
        match protocol:
            case "mtproto":
                return Point("userbot", "call", protocol, method)
            case "bot_api" if method == ASKED_BY_WORKER:
                return Point("worker", "call", protocol, method)
            case "bot_api" if method not in QUIET:
                to = self._to(params.get("chat_id"))
                sender = "" if call["who"].lstrip("@") == self._seller else " by a sender bot"
                return None if to is None else Point("bot", "call", protocol, f"{method}{to}{sender}")
            case "stripe":
                process = "bot" if method.startswith("POST /v1/checkout") else "worker"
                return Point(process, "call", protocol, method)
        return None

    def _to(self, chat: object) -> str | None:
        if chat is None:
            return ""
        number = int(json.loads(str(chat)))
        if number in self._people:
            return " → customer"
        if number == self._owner:
            return " → owner"
        return " → channel" if number < 0 else None
