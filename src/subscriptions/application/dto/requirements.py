"""Check of the product version that a feature's distribution requires in its metadata.

Images are built with `pip install --no-deps`, so pip does not compare the requirements with the installed product.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from operator import eq, ge, gt, le, lt, ne
from typing import Final

_NAME: Final = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?([^;)]*)\)?\s*(;.*)?\Z")
_CLAUSE: Final = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?\s*\Z")
_RELEASE: Final = re.compile(r"v?(\d+(?:\.\d+)*)")
_COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "==": eq,
    "!=": ne,
    "<=": le,
    ">=": ge,
    "<": lt,
    ">": gt,
}


def unmet(requirements: Iterable[str], distribution: str, version: str) -> str:
    """Return the versions of `distribution` that the requirements demand, such as `>=0.2,<0.3`. Return an empty text if
    the given version meets the requirements.

    requirements: `Requires-Dist` fields. Requirements of an extra are ignored. Clauses other than simple version
        comparisons are ignored too, because pip evaluates them.
    """
    release = _release(version)
    for requirement in requirements:
        found = _NAME.match(requirement)
        if found is None or _normal(found[1]) != _normal(distribution) or "extra" in (found[3] or ""):
            continue
        if not all(_is_met(clause, release) for clause in found[2].split(",") if clause.strip()):
            return found[2].strip().replace(" ", "")
    return ""


def _is_met(clause: str, release: Sequence[int]) -> bool:
    found = _CLAUSE.match(clause)
    if found is None:
        return True
    sign, wanted, is_prefix = found[1], _release(found[2]), found[3] is not None
    if sign == "~=":
        return _compare(release, wanted) >= 0 and [*release][: len(wanted) - 1] == [*wanted][:-1]
    shown = release[: len(wanted)] if is_prefix else release
    return _COMPARE[sign](_compare(shown, wanted), 0)


def _compare(one: Sequence[int], other: Sequence[int]) -> int:
    """Compare two versions. Return a negative number if `one` is older, zero if both are equal, and a positive number
    if `one` is newer. `0.2` equals `0.2.0`.
    """
    pairs = zip_longest(one, other, fillvalue=0)
    return next((a - b for a, b in pairs if a != b), 0)


def _release(version: str) -> tuple[int, ...]:
    found = _RELEASE.match(version)
    return tuple(map(int, found[1].split("."))) if found is not None else ()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
