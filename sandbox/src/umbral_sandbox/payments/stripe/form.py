"""Parser of Stripe's bracketed form encoding: ``line_items[0][price]=x`` becomes nested trees of text."""

from collections.abc import Iterable
from typing import TypeAlias

from umbral_sandbox.payments.stripe.errors import StripeError

Value: TypeAlias = "str | dict[str, Value]"
Tree: TypeAlias = dict[str, Value]


def parse_pairs(pairs: Iterable[tuple[str, str]]) -> Tree:
    """Return the parameters as a tree. Raises StripeError for unbalanced brackets and for a name that is used both as
    text and as object.
    """
    tree: Tree = {}
    for name, text in pairs:
        _insert(tree, _steps(name), text, name)
    return tree


def _steps(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not bracket:
        return [head]
    if not rest.endswith("]") or not head:
        raise StripeError(f"Invalid parameter name: {name}", param=name)
    return [head, *rest[:-1].split("][")]


def _insert(tree: Tree, steps: list[str], text: str, name: str) -> None:
    here = tree
    for step in steps[:-1]:
        below = here.setdefault(step or str(len(here)), {})
        if isinstance(below, str):
            raise StripeError(f"Invalid object: {name}", param=name)
        here = below
    last = steps[-1] or str(len(here))
    if isinstance(here.get(last), dict):
        raise StripeError(f"Invalid object: {name}", param=name)
    here[last] = text
