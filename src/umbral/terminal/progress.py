"""Progress bar, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[int, int], None]
"""Callback with the finished and the total number of items."""


@contextmanager
def progress(what: str) -> Iterator[Step]:
    """Show on standard error, while the block runs, that work is in progress, with the number of finished items and the
    elapsed time.
    """
    if not sys.stderr.isatty():
        yield lambda _count, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Count(MofNCompleteColumn):
        """Column with the number of finished items and the total, shown only if the total is known."""

        def render(self, task: Task) -> Text:
            """Return an empty text while the total is unknown, instead of `0/?`."""
            return Text() if task.total is None else super().render(task)

    columns = (TextColumn("{task.description}"), BarColumn(), Count(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda count, total: bar.update(task, completed=count, total=total)
