"""Server-sent events that tell the page to reload the state after a change."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from umbral_sandbox.control.access import WorldDep
from umbral_sandbox.world.world import World

router = APIRouter()
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(world: WorldDep) -> StreamingResponse:
    """Send one event immediately and one after each change: ``{"type": "changed", "revision": n, "now": time}``."""
    return StreamingResponse(_events(world), media_type="text/event-stream", headers=_HEADERS)


async def _events(world: World) -> AsyncIterator[str]:
    seen = -1
    async for revision in world.feed.subscribe():
        if revision == seen:
            # A comment keeps proxies and browsers from closing an idle connection.
            yield ": still here\n\n"
            continue
        seen = revision
        data = {"type": "changed", "revision": revision, "now": world.clock.now().isoformat()}
        yield f"data: {json.dumps(data)}\n\n"
