"""Screen with the result of the search for the customer whose copy was leaked."""

from babel.numbers import format_decimal

from bot.formats import brief
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import card, screen, up
from bot.texts import Texts
from features.marks.domain.leak_odds import Verdict
from features.marks.use_cases.trace_leak import LeakTrace, Suspect

_LEAST = 1e-12
_MOST = 5


def trace_result(t: Texts, trace: LeakTrace) -> Screen:
    """Render the result of the search, with a button for each named customer."""
    suspects = trace.suspects[:_MOST] if trace.verdict in {Verdict.NAMED, Verdict.MIXED} else []
    name = suspects[0].customer.mention if suspects and suspects[0].customer is not None else ""
    parts = [t(f"leak.{trace.verdict}", name=name), *(_suspect(t, who) for who in suspects)]
    if suspects:
        parts.append(t("leak.about", n=trace.copies))
    parts.append(t("leak.more"))
    customers = [who.customer for who in suspects if who.customer is not None]
    return screen(
        t,
        "\n\n".join(parts),
        *(button(f"👤 {who.mention}", data("c", who.id, "leak")) for who in customers),
        back_to=up("leak"),
    )


def _suspect(t: Texts, who: Suspect) -> str:
    customer = who.customer
    return card(
        t("leak.of", name=customer.mention, id=customer.telegram_id) if customer is not None else t("leak.somebody"),
        t("leak.pick", plan=who.plan, pick=who.pick, at=brief(t, who.sent_at)),
        t("leak.wrong", chance=_chance(t, who.wrong)),
    )


def _chance(t: Texts, wrong: float) -> str:
    """Format a probability like `1 entre 8.000`, rounded down to one significant digit."""
    least = wrong < _LEAST
    # The small increase compensates for rounding: 1 / 1e-9 is slightly less than 1e9.
    times = int(1 / max(wrong, _LEAST) * (1 + 1e-9))
    unit = 10 ** (len(str(times)) - 1)
    return t.plain(
        "leak.chance_least" if least else "leak.chance", n=format_decimal(times // unit * unit, locale=t.locale)
    )
