"""Search query language of Stripe, as far as it concerns customers: https://docs.stripe.com/search."""

import re
from collections.abc import Callable
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.ask import Ask
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.records import Customer, JsonObject
from umbral_sandbox.payments.stripe.shapes import catalog

_CLAUSE: Final = re.compile(
    r"""\s*(?P<not>-)?(?P<field>\w+)(?:\[(?P<kq>["'])(?P<key>.*?)(?P=kq)\])?"""
    r"""(?P<how>>=|<=|[:~><])(?:(?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)|(?P<bare>null|-?\d+))\s*""",
    re.DOTALL,
)
_JOINED: Final = re.compile(r"(AND|OR)\b|(?=\S)", re.IGNORECASE)
_TEXTS: Final = ("email", "name", "phone")
Matches = Callable[[Customer], bool]


def search_customers(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/customers/search``: return customers, newest first. The real index may be a minute behind; this
    index is current.
    """
    matches = parse(ask.given.text("query") or "")
    found = sorted(filter(matches, account.customers.values()), key=lambda each: each.seq, reverse=True)
    start, size = _start(ask.given.text("page")), ask.given.number("limit") or 10
    data: list[JsonValue] = [catalog.customer(each) for each in found[start : start + size]]
    more = len(found) > start + size
    return {
        "object": "search_result",
        "data": data,
        "has_more": more,
        "next_page": f"page_{start + size}" if more else None,
        "url": "/v1/customers/search",
    }


def parse(query: str) -> Matches:
    """Return the predicate of a query. Raise StripeError for an invalid query; AND and OR cannot be mixed or nested."""
    clauses: list[Matches] = []
    joins: set[str] = set()
    at = 0
    while at < len(query) or not clauses:
        if clauses:
            join = _JOINED.match(query, at)
            joins.add((join[1] or "AND").upper() if join else "AND")
            at = join.end() if join else at
        clause = _CLAUSE.match(query, at)
        if clause is None:
            raise _unparsed()
        clauses.append(_clause(clause))
        at = clause.end()
    if len(joins) > 1:
        raise _unparsed("You may only use AND or OR in one query, not both.")
    if joins == {"OR"}:
        return lambda customer: any(clause(customer) for clause in clauses)
    return lambda customer: all(clause(customer) for clause in clauses)


def _clause(found: re.Match[str]) -> Matches:
    field, how, wanted = found["field"], found["how"], found["text"] if found["q"] else found["bare"]
    if field == "created" and found["bare"] not in {None, "null"}:
        test = _created(how, int(wanted))
    elif field == "metadata" and found["kq"] and how == ":":
        test = _metadata(found["key"], None if found["bare"] == "null" else _plain(wanted))
    elif field in _TEXTS and how in {":", "~"}:
        test = _text(field, how, None if found["bare"] == "null" else _plain(wanted))
    else:
        raise _unparsed(f"Field `{field}` is an unsupported search field for resource `customers`.")
    return (lambda customer: not test(customer)) if found["not"] else test


def _text(field: str, how: str, wanted: str | None) -> Matches:
    def test(customer: Customer) -> bool:
        held: str | None = getattr(customer, field)
        if wanted is None or held is None:
            return held is wanted
        return wanted.lower() in held.lower() if how == "~" else wanted.lower() == held.lower()

    if how == "~" and (wanted is None or len(wanted) < 3):
        raise _unparsed("Substring searches need at least three characters.")
    return test


def _metadata(key: str, wanted: str | None) -> Matches:
    return lambda customer: customer.metadata.get(key) == wanted


def _created(how: str, at: int) -> Matches:
    tests: dict[str, Matches] = {
        ":": lambda customer: customer.created == at,
        ">": lambda customer: customer.created > at,
        "<": lambda customer: customer.created < at,
        ">=": lambda customer: customer.created >= at,
        "<=": lambda customer: customer.created <= at,
    }
    if how not in tests:
        raise _unparsed()
    return tests[how]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _start(page: str | None) -> int:
    number = (page or "page_0").removeprefix("page_")
    if not number.isdecimal():
        raise StripeError(f"Invalid page: {page}", param="page")
    return int(number)


def _unparsed(reason: str = "") -> StripeError:
    text = "We were unable to parse your search query."
    return StripeError(f"{text} {reason}".strip(), param="query")
