"""A command born in a nursery that has this process's input, output and errors, and ends it with its own end.

`python -IS errand.py NURSERY -m umbral WORD …` is `python -m umbral WORD …` without the loading. It imports next to
nothing itself.
"""

import json
import os
import signal
import socket
import sys


def main(nursery: str, *command: str) -> int:
    """The command's exit status; where a signal ended it, this process dies of the same."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(nursery)
        order = {"command": [sys.executable, *command], "env": dict(os.environ)}
        socket.send_fds(line, [f"{json.dumps(order)}\n".encode()], [0, 1, 2])
        news = line.makefile("rb", buffering=0)
        born: int = json.loads(news.readline())["born"]
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(which, lambda number, _: os.kill(born, number))
        # Nobody but the command holds the ends now: who reads hears of its end, not of ours.
        for end in (0, 1):
            os.close(end)
        status: int = json.loads(news.readline())["status"]
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
