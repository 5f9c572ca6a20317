"""The operator's program, which requests staff commands through the API, with an API key that has all abilities."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from subscriptions.domain.entities.api_key import PREFIX, Ability, digest_of
from tests.chaos.flows.flow import PATIENCE_SECONDS
from tests.chaos.world import World
from tests.support.demo import ANSWER_SECONDS, eventually

NAME = "chaos"
_SECRET = f"{PREFIX}of-the-operators-own-program"
_NEW_KEY = """
INSERT INTO api_keys (name, digest, abilities, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""


class Program:
    """API client that repeats a request with the same idempotency key until a response arrives, because a missing
    response does not show whether the request was received.
    """

    def __init__(self, world: World) -> None:
        """Create the API key, unless an earlier run created the key."""
        self._world = world
        world.rows(_NEW_KEY, NAME, digest_of(_SECRET), " ".join(sorted(Ability)), world.now())

    def asks(self, path: str, /, **answers: str | int) -> dict[str, Any]:
        """Request a staff command and return the answer. path: path below /api/v1. Raises NeverHappened if the request
        is refused.
        """
        refused: list[str] = []
        url, headers = f"{self._world.facts['web']}/api/v1/{path}", {"Idempotency-Key": f"chaos-{uuid4()}"}

        def answered() -> dict[str, Any] | None:
            try:
                answer = httpx.post(
                    url,
                    json=answers,
                    headers={**headers, "Authorization": f"Bearer {_SECRET}"},
                    timeout=ANSWER_SECONDS,
                    trust_env=False,
                )
            except httpx.TransportError as error:
                refused.append(repr(error))
                return None
            if answer.is_success:
                return dict(answer.json())
            # A request refused as too early is retried, because the web process reads the new time a moment later.
            refused.append(f"{answer.status_code} {answer.text}")
            return None

        return eventually(answered, lambda: f"{path} is answered, not {refused[-1:]}", PATIENCE_SECONDS)
