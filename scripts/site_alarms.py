"""The pages of all alarms, in English as the handbook has them and in Spanish as the bot tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scripts.site_markdown import page, table
from subscriptions.bootstrap.texts import alarm_texts

ENGLISH: Final = """Each names the customer, plan, channel and order it is about, as far as there is one; one
that names a customer leads to their card («👤 Ver su ficha»), and most have one more button, to where it is put
right; the console leads to the same places. What closes by itself does so within five minutes of its cause
being gone; «✅ Resuelta» is only needed where it says ✅. News is told once and never open. [En
español.](/es/reference/alarms.md)"""
SPANISH: Final = """Así las cuenta el bot a los propietarios. Cada una nombra además al cliente, su plan, su
canal y su pedido, si los hay, con un botón a su ficha y otro a lo que la arregla: la consola lleva a los mismos
sitios. Las que se cierran solas lo hacen a los cinco minutos de que su causa ya no esté. Lo que alguien cambia
en Telegram en el canal de un cliente se ve en una hora como mucho, y que lo han borrado, cuando se ha mirado
dos veces, diez minutos más tarde; `umbral reconcile --customer ID` mira ahora. [In
English](/reference/alarms.md), con lo que pasa solo y lo que haces en columnas aparte."""
_NO_ALARMS: Final = frozenset({"reconciled", "brought_back"})
"""What the bot tells as one, and is none in the Spanish list."""


def declared() -> Mapping[str, Mapping[str, Any]]:
    """What is declared of each alarm, by its kind, in the order of the file."""
    words = alarm_texts()
    return {kind: entry for kind, entry in words.items() if "handbook" in entry}


def english() -> str:
    """What each means, what happened by itself, and what to do."""
    head = ("alarm", "what it means", "what happened by itself", "what you do")
    rows = [(f"`{kind}`", *map(_from_below, entry["handbook"])) for kind, entry in declared().items()]
    return page(["# Every alarm", ENGLISH, table(head, rows)])


def spanish() -> str:
    """What each means, and what to do."""
    head = ("alarma", "qué significa", "qué ha pasado solo y qué haces tú")
    rows = [(f"`{kind}`", *_sentences(entry["es"])) for kind, entry in declared().items() if kind not in _NO_ALARMS]
    return page(["# Las alarmas", SPANISH, table(head, rows)])


def _from_below(cell: str) -> str:
    """The cell with its links to documents from where the site begins."""
    return re.sub(r"\]\((?=[\w-]+\.md)", "](/", cell)


def _sentences(text: str) -> tuple[str, str]:
    plain = re.sub(r"\{\w+\}", "…", re.sub(r"</?\w+>", "", text)).strip()
    fact, stop, advice = plain.partition(". ")
    return f"{fact}{stop.strip()}", advice
