"""Screens of a reconciliation: differences between Umbral's records and the providers or Telegram."""

from collections.abc import Mapping

from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.views.alarm_facts import in_sentence


def report(t: Texts, facts: Mapping[str, str]) -> Screen:
    """Return the totals of a reconciliation, followed by one line per difference with the customer and the action
    required.
    """
    lines = _lines(t, facts)
    head = t("reconcile.none") if facts["found"] == "0" else t("alarms.reconciled", **facts)
    return Screen("\n".join([head, *([""] if lines else []), *lines]))


def database_restored(t: Texts, facts: Mapping[str, str]) -> Screen:
    """Return the differences found after a restore of the database, and the facts that could not be determined."""
    lines = _lines(t, facts)
    head = t("alarms.brought_back", **in_sentence(facts, t.language, t.zone))
    return Screen("\n".join([head, *([""] if lines else []), *lines]))


def _lines(t: Texts, facts: Mapping[str, str]) -> list[str]:
    rows = [line.split("\t") for line in facts.get("differences", "").split("\n") if line.count("\t") == 2]
    lines = [
        t("reconcile.line", what=_word(t, "kind", kind), whose=whose, do=f" → {_word(t, 'do', do)}" if do else "")
        for kind, whose, do in rows
    ]
    more = int(facts["found"]) - len(rows)
    if more > 0:
        lines.append(t("reconcile.more", n=more))
    return lines


def _word(t: Texts, kind: str, word: str) -> str:
    """Return the text for a kind of difference or for an action, or the identifier itself if it has no text."""
    key = f"reconcile.{kind}.{word}"
    return t.plain(key) if t.has(key) else word
