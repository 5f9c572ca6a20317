"""Rules with many cases, checked by one test that reports every case that fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any


def each_case(
    names: str | Sequence[str],
    values: Iterable[Any],
    ids: Callable[[Any], object] | Sequence[str] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that runs a test for each case, as `pytest.mark.parametrize` does, but as one test.

    It is for rules that are checked in microseconds and need no fixture for each case: pytest spends some two
    milliseconds of processor time on each test that it collects in every process, runs and reports. The arguments are
    those of `parametrize`.
    """
    arguments = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    cases = [value if len(arguments) > 1 else (value,) for value in values]

    def name_of(number: int) -> str:
        if isinstance(ids, Sequence):
            return ids[number]
        return "-".join(str(ids(part)) if ids is not None else str(part) for part in cases[number])

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def run(**given: Any) -> None:
            failures = []
            for number, case in enumerate(cases):
                try:
                    test(**given, **dict(zip(arguments, case, strict=True)))
                except Exception as error:
                    error.add_note(f"case: {name_of(number)}")
                    failures.append(error)
            if len(failures) == 1:
                raise failures[0]
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(cases)} cases fail", failures)

        signature = inspect.signature(test)
        others = [each for name, each in signature.parameters.items() if name not in arguments]
        vars(run)["__signature__"] = signature.replace(parameters=others)
        return run

    return decorated
