"""A command forked from a fork server with this process's standard input, output and error. Both processes end
together.

`python -IS forked_command.py ADDRESS -m umbral WORD …` is equivalent to `python -m umbral WORD …` without the time to
load modules. This module therefore imports very little.
"""

import json
import os
import signal
import socket
import sys


def main(fork_server: str, *command: str) -> int:
    """Run the command and return its exit status. If a signal ended the command, end this process by the
    same signal.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(fork_server)
        order = {"command": [sys.executable, *command], "env": dict(os.environ)}
        socket.send_fds(line, [f"{json.dumps(order)}\n".encode()], [0, 1, 2])
        answers = line.makefile("rb", buffering=0)
        pid: int = json.loads(answers.readline())["pid"]
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(which, lambda number, _: os.kill(pid, number))
        # From here on, only the command has the streams open, so a reader gets the end of the file when the command
        # ends.
        for end in (0, 1):
            os.close(end)
        status: int = json.loads(answers.readline())["status"]
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
