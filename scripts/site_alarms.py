"""Pages that list all alarms, in English from the handbook and in Spanish from the bot's texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scripts.site_markdown import page, table
from subscriptions.bootstrap.texts import alarm_texts

ENGLISH: Final = """Each alarm names the customer, plan, channel and order it is about. An alarm about a
customer has a button to their page (“👤 Open customer”), and most alarms have one more button, to where you fix
the cause; the console links to the same pages. An alarm that closes automatically does so within five minutes
of its cause being gone; press ✅ only where the table says so. News is sent once and is never open. [En
español.](/es/reference/alarms.md)"""
SPANISH: Final = """Estas son las alarmas que el bot envía a los propietarios. Cada una nombra además al cliente,
su plan, su canal y su pedido, si los hay, con un botón a su ficha y otro adonde se resuelve; la consola enlaza a
las mismas páginas. Las que se cierran solas lo hacen a los cinco minutos de que su causa ya no esté. Un cambio
hecho en Telegram en el canal de un cliente se detecta en una hora como mucho; que lo han borrado, cuando se ha
comprobado dos veces, diez minutos más tarde; `umbral reconcile --customer ID` lo comprueba ahora. [In
English](/reference/alarms.md), con lo que pasa automáticamente y lo que haces en columnas aparte."""
_NO_ALARMS: Final = frozenset({"reconciled", "brought_back"})
"""Messages of the bot that are declared like alarms but are not alarms. The Spanish page omits them."""


def declared() -> Mapping[str, Mapping[str, Any]]:
    """Return the declaration of each alarm, keyed by kind, in the order of the file."""
    words = alarm_texts()
    return {kind: entry for kind, entry in words.items() if "handbook" in entry}


def english() -> str:
    """Return the English page, with each alarm's meaning, the automatic reaction, and the action of the operator."""
    head = ("alarm", "what it means", "what happened automatically", "what you do")
    rows = [(f"`{kind}`", *map(_from_below, entry["handbook"])) for kind, entry in declared().items()]
    return page(["# Every alarm", ENGLISH, table(head, rows)])


def spanish() -> str:
    """Return the Spanish page, with each alarm's meaning and the action of the operator."""
    head = ("alarma", "qué significa", "qué ha pasado y qué haces tú")
    rows = [(f"`{kind}`", *_sentences(entry["es"])) for kind, entry in declared().items() if kind not in _NO_ALARMS]
    return page(["# Las alarmas", SPANISH, table(head, rows)])


def _from_below(cell: str) -> str:
    """Return a table cell with its links to documents made relative to the root of the site."""
    return re.sub(r"\]\((?=[\w-]+\.md)", "](/", cell)


def _sentences(text: str) -> tuple[str, str]:
    plain = re.sub(r"\{\w+\}", "…", re.sub(r"</?\w+>", "", text)).strip()
    fact, stop, advice = plain.partition(". ")
    return f"{fact}{stop.strip()}", advice
