"""Check that the web process starts, logs each refusal in one line, and stops on request."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.plain_http import plain_http
from tests.support.website import ENVIRON
from umbral.demo.loopback import free_port

PATIENCE_S = 90


@asynccontextmanager
async def web_process(folder: Path, **environ: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Run `umbral web` until ready. Yields its address and the process."""
    port, ready = free_port(), folder / "ready"
    environment = {**ENVIRON, **environ, "WEB_PORT": str(port), "READY_FILE": str(ready)}
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "umbral", "web", env={"PATH": os.environ["PATH"], **environment}, stderr=log
        )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not ready.exists():
                assert process.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)


async def test_each_refused_webhook_is_logged_in_one_line_without_a_traceback(
    database_url: str, tmp_path: Path
) -> None:
    async with web_process(tmp_path, DATABASE_URL=database_url) as (url, process):
        async with plain_http(base_url=url, timeout=90) as client:
            assert (await client.post("/webhooks/stripe", content=b"{}")).status_code == 400
            assert (await client.post("/webhooks/stripe", content=b"x" * 5_000_000)).status_code == 413
            assert (await client.post("/webhooks/%0Aforged%20line", content=b"{}")).status_code == 404
            assert (await client.get("/")).status_code == 200
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line for line in lines if "Traceback" in line] == []
    refusals = [line for line in lines if "webhook refused" in line]
    assert len(refusals) == 3
    for status, refusal in zip((400, 413, 404), refusals, strict=True):
        assert f"status={status}" in refusal
    assert not any(line.startswith("forged") for line in lines)
