"""Program that runs a server with the web process's limits and at most the given number of open files:
`python -m tests.support.limited_server FILES`. It writes its port to standard output, and serves until it is stopped.
"""

from __future__ import annotations

import asyncio
import resource
import sys

from subscriptions.bootstrap.logs import configure_logging
from subscriptions.bootstrap.open_files import ShortageLog
from tests.support.http_server import echo
from web.addresses import Proxies
from web.connections import ConnectionLimiter
from web.http_protocol import server_config
from web.serving import Server, serve_all


async def serve() -> None:
    asyncio.get_running_loop().set_exception_handler(ShortageLog())
    server = Server(server_config(echo, ConnectionLimiter(Proxies(), per_address=100_000), host="127.0.0.1", port=0))
    serving = asyncio.create_task(serve_all((server,), asyncio.Event()))
    await server.readiness.wait()
    sys.stdout.write(f"{server.servers[0].sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    files = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    configure_logging("json")
    asyncio.run(serve())
