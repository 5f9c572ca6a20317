"""Search for customers by any data that staff may know, used by the console, the panel and the API."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import RowMapping

_CANDIDATES: Final = 200
"""Maximum number of customers that are ranked per kind of match. A name shared by more customers fills the screen in
any case.
"""
_PART: Final = 3
"""Minimum length of a word that is searched for inside other words. Shorter words match only the beginning of a word,
unless that finds no customer.
"""
_MISSPELT: Final = 4
"""Minimum length of a word that may contain a typo."""
_WRONG_LETTER, _SWAPPED_LETTERS = 3, 4
"""Number of trigrams that one wrong letter and two swapped letters change in a word, which has `length +
1` trigrams.
"""
_LEAST: Final = 0.35
_ROUNDING: Final = 0.001
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_RECEIPT: Final = re.compile(r"([A-Z]*)([0-9]{4})-([0-9]{1,9})")
_ORDER: Final = re.compile(r"#?([0-9A-F]{4,32})")
_REFERENCE: Final = 8
"""Number of hexadecimal digits in an order's reference."""
_LAST_NUMBER: Final = 2**31
_NAMED: Final = re.compile(r":named\((\w+)\)")
_PARAMETER: Final = re.compile(r":(needle_\w+)")
FOUND: Final = ":found(customers)"
"""Placeholder in a filter's SQL for the condition that a customer matches the search text."""

_BY_ORDER: Final = (
    "order",
    "SELECT customer_id FROM orders WHERE id >= CAST(:needle_first AS uuid) AND id <= CAST(:needle_last AS uuid)",
)
_FOLD: Final = "SELECT public.umbral_fold(:typed) AS words"
_PLANS: Final = """
    SELECT word.place::int AS place, array_agg(service_plans.id) AS plans
    FROM unnest(CAST(:starts AS text[])) WITH ORDINALITY AS word(start, place)
    JOIN service_plans ON ' ' || public.umbral_fold(concat_ws(' ', service_plans.name, service_plans.soft_id))
        LIKE word.start
    GROUP BY 1"""
_BEST: Final = """
    SELECT customers.id::text AS id, first_name, last_name, username, telegram_id, created_at, best.by
    FROM (SELECT DISTINCT ON (id) id, place, by, near FROM ({hits}) AS hits(id, place, by, near) ORDER BY id, place)
        AS best JOIN customers ON customers.id = best.id
    ORDER BY best.place, best.near DESC, customers.created_at DESC LIMIT :limit"""


class Fetch(Protocol):
    """Function that runs a query."""

    async def __call__(self, statement: str, similar: float | None = None, **values: Any) -> Sequence[RowMapping]:
        """Run a query. `similar`: minimum similarity of matching words (`pg_trgm.word_similarity_threshold`). Raises
        RetryLater if the database is unavailable.
        """
        ...


def named(alias: str) -> str:
    """Return the placeholder in a filter's SQL for the condition that a customer's name matches. `alias`: alias of the
    table `customers`.
    """
    return f":named({alias})"


@dataclass(frozen=True)
class Needle:
    """Parsed search text.

    typed: text as typed
    words: normalized words
    plans: ids of the plans that a word names, keyed by word
    misspelt: words that are compared by similarity
    changed: number of trigrams of each misspelled word that may differ
    inside: short words also match inside other words
    """

    typed: str
    words: Sequence[str]
    plans: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    misspelt: frozenset[str] = frozenset()
    changed: int = _WRONG_LETTER
    inside: bool = False

    @property
    def similar(self) -> float | None:
        """Minimum similarity of misspelled words. It depends on the shortest word, because one wrong letter changes a
        larger part of a short word. None without misspelled words.
        """
        if not self.misspelt:
            return None
        total = min(len(each) for each in self.misspelt) + 1
        return max(_LEAST, (total - self.changed) / (total + self.changed) - _ROUNDING)

    def names(self, alias: str = "customers", *, begin: bool = False) -> str:
        """Return the condition that a customer's names, username and id together contain all words, in any order.

        `begin`: words match only at the beginning of a word.
        """
        return self._all([self._name(alias, index, begin=begin) for index in range(len(self.words))])

    def found(self) -> str:
        """Return the condition that a customer matches the search text by any data, or only by name if words are
        misspelled.
        """
        if self.misspelt:
            return self.names()
        ids = " UNION ALL ".join(sql for _, sql in (*self._references(), *self._beginnings()))
        named_plan = f" OR {self._plan()}" if self.plans else ""
        return f"({self.names()} OR customers.id = ANY (ARRAY({ids})){named_plan})"

    def hits(self) -> str:
        """Return the SELECT of the best matches, with the rank and kind of each match."""
        return " UNION ALL ".join(
            f"(SELECT *, {index}, '{by}', 0 FROM ({sql} LIMIT {_CANDIDATES}) AS hit)"
            for index, (by, sql) in enumerate(self._branches())
        )

    def near_hits(self) -> str:
        """Return the SELECT of the customers whose names are most similar to the misspelled words."""
        indexes = [index for index, word in enumerate(self.words) if word in self.misspelt]
        near = " + ".join(f"strict_word_similarity(:needle_word_{index}, search_name)" for index in indexes)
        return (
            f"SELECT id, 0, 'similar', {near} FROM (SELECT id, search_name FROM customers WHERE {self.names()}"
            f" LIMIT {_CANDIDATES}) AS hit"
        )

    def fill(self, sql: str) -> str:
        """Return a filter's SQL with its search placeholders replaced by conditions."""
        return _NAMED.sub(lambda match: self.names(match[1]), sql.replace(FOUND, self.found()))

    def values_for(self, sql: str) -> Mapping[str, object]:
        """Return the values of the parameters that a statement uses."""
        values = self._values()
        return {name: values[name] for name in _PARAMETER.findall(sql)}

    def _branches(self) -> Iterator[tuple[str, str]]:
        yield from self._references()
        yield "name", f"SELECT id FROM customers WHERE {self.names(begin=True)}"
        yield "name", f"SELECT id FROM customers WHERE {self.names()}"
        yield from self._beginnings()
        if self.plans:
            yield "plan", f"SELECT id FROM customers WHERE {self._plan()}"

    def _references(self) -> Iterator[tuple[str, str]]:
        """Yield the queries by ids and references: Telegram id, username, receipt, order, payment, subscription,
        payment account and channel.
        """
        if _NUMBER.fullmatch(self.typed):
            yield "telegram_id", "SELECT id FROM customers WHERE telegram_id = CAST(:needle_number AS bigint)"
        yield "username", "SELECT id FROM customers WHERE lower(username) = lower(:needle_username)"
        if receipt := _RECEIPT.fullmatch(self.typed.upper()):
            series = "series = :needle_series AND " if receipt[1] else ""
            yield (
                "receipt",
                (
                    f"SELECT customer_id FROM receipts WHERE {series}year = CAST(:needle_year AS int)"
                    " AND number = CAST(:needle_receipt AS int)"
                ),
            )
        if len(self._order) >= _REFERENCE:
            yield _BY_ORDER
        yield "payment", "SELECT customer_id FROM payments WHERE payment_key = :needle_typed"
        yield "subscription", "SELECT customer_id FROM subscriptions WHERE provider_ref = :needle_typed"
        yield "account", "SELECT customer_id FROM payment_accounts WHERE external_customer_id = :needle_typed"
        condition = "title ILIKE :needle_title" if len(self.typed) >= _PART else "false"
        if _NUMBER.fullmatch(self.typed):
            condition = f"({condition} OR channel_id = CAST(:needle_number AS bigint))"
        yield "channel", f"SELECT customer_id FROM telegram_channels WHERE customer_id IS NOT NULL AND {condition}"

    def _beginnings(self) -> Iterator[tuple[str, str]]:
        """Yield the query for the beginning of an order's reference. Such a text may be a name too."""
        is_marked = self.typed.startswith("#") or any(map(str.isdecimal, self._order))
        if 0 < len(self._order) < _REFERENCE and is_marked:
            yield _BY_ORDER

    @property
    def _order(self) -> str:
        """Hexadecimal digits of an order's reference or id; empty if the search text is neither."""
        match = _ORDER.fullmatch(self.typed.upper().replace("-", ""))
        return match[1] if match else ""

    def _plan(self) -> str:
        """Return the condition that a customer has the plans named by some words, and that the customer's name contains
        the other words.
        """
        return self._all(
            [
                "EXISTS (SELECT FROM subscriptions AS held WHERE held.customer_id = customers.id AND held.plan_id ="
                f" ANY (CAST(:needle_plans_{index} AS uuid[])))"
                if word in self.plans
                else self._name("customers", index, begin=False)
                for index, word in enumerate(self.words)
            ]
        )

    def _name(self, alias: str, index: int, *, begin: bool) -> str:
        word = self.words[index]
        if word in self.misspelt:
            return f":needle_word_{index} <% {alias}.search_name"
        is_start = begin or (len(word) < _PART and not self.inside)
        return f"{alias}.search_name LIKE :needle_{'start' if is_start else 'part'}_{index}"

    def _all(self, conditions: Sequence[str]) -> str:
        return f"({' AND '.join(conditions)})" if conditions else "false"

    def _values(self) -> Mapping[str, object]:
        values: dict[str, object] = {
            "needle_typed": self.typed,
            "needle_username": self.typed.removeprefix("@"),
            "needle_title": f"%{_escape(self.typed)}%",
        }
        if _NUMBER.fullmatch(self.typed):
            values["needle_number"] = int(self.typed)
        if receipt := _RECEIPT.fullmatch(self.typed.upper()):
            values["needle_series"] = receipt[1]
            values["needle_year"] = int(receipt[2])
            values["needle_receipt"] = min(int(receipt[3]), _LAST_NUMBER - 1)
        if self._order:
            values["needle_first"] = UUID(self._order.ljust(32, "0"))
            values["needle_last"] = UUID(self._order.ljust(32, "F"))
        for index, word in enumerate(self.words):
            values[f"needle_word_{index}"] = word
            values[f"needle_start_{index}"] = _start(word)
            values[f"needle_part_{index}"] = f"%{_escape(word)}%"
            values[f"needle_plans_{index}"] = list(self.plans.get(word, ()))
        return values


class PeopleSearch:
    """Search for customers. If no customer matches the text as typed, the search allows typos."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def read(self, typed: str) -> Needle:
        """Parse the search text of a list in the strictest way that finds a customer."""
        needle, _ = await self._look(typed, 1)
        return needle

    async def search(self, typed: str, limit: int) -> Sequence[RowMapping]:
        """Return the best matching customers, with the kind of match in the column `by`."""
        _, rows = await self._look(typed, limit)
        return rows

    async def _look(self, typed: str, limit: int) -> tuple[Needle, Sequence[RowMapping]]:
        needle = await self._needle(typed)
        if rows := await self._best(needle, needle.hits(), limit):
            return needle, rows
        if any(len(each) < _PART for each in needle.words):
            wider = replace(needle, inside=True)
            if rows := await self._best(wider, wider.hits(), limit):
                return wider, rows
        for misspelt in await self._misspellings(needle):
            if rows := await self._best(misspelt, misspelt.near_hits(), limit):
                return misspelt, rows
        return needle, []

    async def _needle(self, typed: str) -> Needle:
        """Parse the search text into words, and find the plans that the words name."""
        (row,) = await self._fetch(_FOLD, typed=typed)
        words = list(dict.fromkeys(word for each in row["words"].split() if (word := each.lstrip("@#"))))
        starts = [_start(word) if len(word) >= _PART else "" for word in words]
        plans = {words[each["place"] - 1]: each["plans"] for each in await self._fetch(_PLANS, starts=starts)}
        return Needle(typed, words, plans)

    async def _best(self, needle: Needle, hits: str, limit: int) -> Sequence[RowMapping]:
        values = needle.values_for(hits)
        return await self._fetch(_BEST.format(hits=hits), needle.similar, limit=limit, **values)

    async def _misspellings(self, needle: Needle) -> Sequence[Needle]:
        """Return the variants of the search text to try: first those that treat the unmatched words as misspelled, then
        those that treat every word that is long enough as misspelled. Empty if no word is long enough.
        """
        able = [word for word in needle.words if len(word) >= _MISSPELT and not any(map(str.isdecimal, word))]
        if not able:
            return []
        # The matches are counted in a limited subquery, because PostgreSQL would scan the whole table for a first
        # match.
        asked = ", ".join(
            f"(SELECT count(*) FROM (SELECT FROM customers WHERE search_name LIKE :needle_part_{index}"
            f" LIMIT {_CANDIDATES}) AS known) > 0 AS w{index}"
            for index, word in enumerate(needle.words)
            if word in able
        )
        (row,) = await self._fetch(f"SELECT {asked}", None, **needle.values_for(asked))
        unknown = frozenset(word for index, word in enumerate(needle.words) if row.get(f"w{index}") is False)
        sets = [each for each in dict.fromkeys((unknown, frozenset(able))) if each]
        typos = (_WRONG_LETTER, _SWAPPED_LETTERS)
        return [replace(needle, misspelt=each, changed=changed) for each in sets for changed in typos]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _start(word: str) -> str:
    return f"% {_escape(word)}%"
