"""Commands `umbral-sandbox` and `umbral sandbox`, which are the same: the simulators as a separate process."""

import argparse
import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from umbral_sandbox.server import Sandbox, running_sandbox


def main() -> int:
    """Run the console script `umbral-sandbox`."""
    return run(sys.argv[1:], command="umbral-sandbox")


def run(argv: Sequence[str], *, command: str = "umbral sandbox") -> int:
    """Serve until SIGTERM or SIGINT; return the exit status (2: a port is in use).

    command: name of the command, for the help and the error messages.
    """
    options = _parser(command).parse_args(argv)
    try:
        asyncio.run(_serve(options))
    except OSError as error:
        sys.stderr.write(f"{command}: cannot start: {error}\n")
        return 2
    return 0


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = running_sandbox(
        data_dir=options.data_dir,
        seed=options.seed,
        host=options.host,
        port=options.port,
        mtproto_port=options.mtproto_port,
        demo=options.demo,
    )
    async with serving as sandbox:
        _announce(sandbox, options.ready_file)
        await stop.wait()
    if options.ready_file is not None:
        with contextlib.suppress(FileNotFoundError):
            options.ready_file.unlink()


def _announce(sandbox: Sandbox, ready_file: Path | None) -> None:
    sys.stdout.write(f"Sandbox: {sandbox.url}\n")
    sys.stdout.flush()
    if ready_file is None:
        return
    ready = {
        "sandbox": sandbox.url,
        "mtproto_port": sandbox.mtproto_port,
        "mtproto_public_key": str(sandbox.mtproto_public_key),
        "pid": os.getpid(),
    }
    # A process that waits for the file must never read half of it.
    scratch = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
    scratch.write_text(json.dumps(ready) + "\n", encoding="utf-8")
    scratch.replace(ready_file)


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command,
        description="Stand-ins for Telegram and the payment providers, on loopback.",
        allow_abbrev=False,
    )
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=_port, default=0, help="HTTP port (default: a free one)")
    parser.add_argument("--mtproto-port", type=_port, default=0, help="MTProto port (default: a free one)")
    parser.add_argument("--data-dir", type=Path, help="where the world is kept (default: memory only)")
    parser.add_argument("--seed", type=int, default=0, help="makes ids and tokens repeatable")
    parser.add_argument("--ready-file", type=Path, help="written as JSON once everything answers")
    parser.add_argument("--demo", action="store_true", help="part of a demo: the world cannot be reset")
    return parser


def _loopback(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no IP address") from error
    if not address.is_loopback:
        raise argparse.ArgumentTypeError(f"{text} is no loopback address: the sandbox checks no passwords")
    return text


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return number
