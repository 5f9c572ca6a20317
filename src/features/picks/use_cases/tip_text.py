"""Rendering of a tip's message from one template per language."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from string import Formatter
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.domain import TipFacts, TipResult, fixed_digits, plain, written_odds
from subscriptions.domain.entities.post import NO_PREVIEW, PostButton, PostContent
from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.errors import InvalidInput

TIP_MESSAGE: Final = "record.message"
"""Key of the text that is the message template of tips."""
HOME_LANGUAGE: Final = "es"
RESULT_MARK: Final = "\n\n🏁 "
"""Beginning of the line with a tip's result. It is used to find and replace the line when the result is corrected."""


@dataclass(frozen=True)
class _Form:
    """Formats of parts of a tip's message. They differ between the first version, which identifies tips, and the
    current version. leg: format of one leg of a combined tip. odds: function that formats decimal odds.
    """

    leg: str
    odds: Callable[[Decimal], Decimal | str]


_FORM: Final = _Form("{n}. {event}: {market} · {selection} · {odds}", written_odds)
_FIRST_FORM: Final = _Form("{n}. {event}: {selection} · {odds}", plain)
_MESSAGE: Final = """\
📌 {{event}}
🏆 {{league}}
🕘 {{start}}
🎯 {{market}} · {{selection}}
{{legs}}
📈 {odds} · {{bookmaker}}
💰 {stake}
⏳ {until}
✍️ {{author}}

{{note}}"""


@dataclass(frozen=True)
class Template:
    """Texts of one language. message: default template of a tip. comma: True if decimals are written with a comma."""

    message: str
    reminder: str
    days: tuple[str, ...]
    results: Mapping[TipResult, str]
    corrected: str
    comma: bool = True

    def number(self, number: Decimal | str) -> str:
        """Format a number in the language's notation."""
        text = str(number)
        return text.replace(".", ",") if self.comma else text

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """Format a date and time in a time zone, with the zone's name."""
        local = at.astimezone(zone)
        city = zone.key.rpartition("/")[2].replace("_", " ")
        return f"{self.days[local.weekday()]} {local:%d/%m}, {local:%H:%M} ({city})"


TEMPLATES: Final[Mapping[str, Template]] = {
    "es": Template(
        message=_MESSAGE.format(
            odds="Cuota {odds} (mínimo {min_odds})", stake="Stake {stake} u", until="Vale hasta {until}"
        ),
        reminder="Empieza pronto: {at}",
        days=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
        results={
            TipResult.WON: "Acertado",
            TipResult.LOST: "Fallado",
            TipResult.PUSH: "Nulo: se devuelve lo apostado",
            TipResult.VOID: "Anulado: no cuenta",
            TipResult.HALF_WON: "Medio acertado",
            TipResult.HALF_LOST: "Medio fallado",
            TipResult.CASHED_OUT: "Cierre anticipado",
        },
        corrected="resultado corregido",
    ),
    "en": Template(
        message=_MESSAGE.format(
            odds="Odds {odds} (at least {min_odds})", stake="Stake {stake} u", until="Good until {until}"
        ),
        reminder="Starts soon: {at}",
        days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        results={
            TipResult.WON: "Won",
            TipResult.LOST: "Lost",
            TipResult.PUSH: "Push: the stake goes back",
            TipResult.VOID: "Void: it does not count",
            TipResult.HALF_WON: "Half won",
            TipResult.HALF_LOST: "Half lost",
            TipResult.CASHED_OUT: "Cashed out",
        },
        corrected="result corrected",
        comma=False,
    ),
    "pt": Template(
        message=_MESSAGE.format(
            odds="Odd {odds} (mínimo {min_odds})", stake="Stake {stake} u", until="Vale até {until}"
        ),
        reminder="Começa em breve: {at}",
        days=("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
        results={
            TipResult.WON: "Acertada",
            TipResult.LOST: "Errada",
            TipResult.PUSH: "Nula: a aposta é devolvida",
            TipResult.VOID: "Anulada: não conta",
            TipResult.HALF_WON: "Meio acertada",
            TipResult.HALF_LOST: "Meio errada",
            TipResult.CASHED_OUT: "Encerrada antes do fim",
        },
        corrected="resultado corrigido",
    ),
}


BUILT_IN: Final[Mapping[str, str]] = {language: template.message for language, template in TEMPLATES.items()}
"""Default template of a tip's message, by language."""


def template_of(language: str) -> Template:
    """Return the template of the closest language; the template of the home language if none is close."""
    return nearest(TEMPLATES, language) or TEMPLATES[HOME_LANGUAGE]


@dataclass(frozen=True, kw_only=True)
class TipDraft:
    """Tip as it is submitted. text: text that the sender typed, shown above the facts."""

    facts: TipFacts
    text: str = ""
    photo_url: str | None = None
    buttons: tuple[tuple[PostButton, ...], ...] = ()

    def content(self, zone: ZoneInfo, messages: Mapping[str, str] | None = None) -> PostContent:
        """Return the message for the channels. Raises InvalidInput if the message is too long.

        zone: time zone of the times. messages: templates by language; None for the built-in templates.
        """
        return self._content(zone, messages or BUILT_IN, _FORM)

    def known_by(self, zone: ZoneInfo) -> PostContent:
        """Return the tip's message in the format of the first version. It identifies the tip in comparisons, because it
        does not depend on the current template.
        """
        return self._content(zone, BUILT_IN, _FIRST_FORM)

    def _content(self, zone: ZoneInfo, messages: Mapping[str, str], form: _Form) -> PostContent:
        texts = {language: self._render(language, message, zone, form) for language, message in messages.items()}
        return PostContent(
            text=texts[HOME_LANGUAGE],
            photo_url=self.photo_url,
            buttons=self.buttons,
            spoken=_translations(texts),
            moments=tuple(moments_of(self.facts, zone)),
            # A tip needs no link preview; the sender's text above it may contain a link.
            preview=None if self.text else NO_PREVIEW,
            above=self.text.strip(),
        )

    def _render(self, language: str, message: str, zone: ZoneInfo, form: _Form) -> str:
        facts, template = self.facts, template_of(language)
        valid_until = facts.valid_until if facts.valid_until not in (None, facts.starts_at) else None
        values = {
            "event": facts.event,
            "league": " · ".join(filter(None, (facts.sport, facts.competition))),
            "start": template.moment(facts.starts_at, zone),
            "market": facts.market,
            "selection": " ".join(filter(None, (facts.selection, facts.line))),
            "legs": "\n".join(f"   {line}" for line in leg_lines(facts, template, form)),
            "odds": template.number(form.odds(facts.odds)),
            "min_odds": template.number(form.odds(facts.min_odds)) if facts.min_odds is not None else "",
            "bookmaker": facts.bookmaker,
            "stake": template.number(plain(facts.stake)),
            "until": template.moment(valid_until, zone) if valid_until is not None else "",
            "author": facts.author,
            "note": facts.note.strip(),
        }
        return "\n\n".join(part for part in (self.text.strip(), fill_in(message, values)) if part)


def leg_lines(facts: TipFacts, template: Template, form: _Form = _FORM) -> Sequence[str]:
    """Return the legs of a combined tip, one per line; empty for a single tip."""
    return [
        form.leg.format(
            n=number,
            event=leg.event,
            market=leg.market,
            selection=leg.selection,
            odds=template.number(form.odds(leg.odds)),
        )
        for number, leg in enumerate(facts.legs, start=1)
    ]


_SEPARATOR: Final = " · "
_BRACKETS: Final = re.compile(r" ?\([^()]*\)")


def fill_in(message: str, values: Mapping[str, str]) -> str:
    """Fill in a template. Parts whose facts are all missing are left out: text in brackets, text between two dots (·),
    or the whole line.
    """
    lines: list[str] = []
    for line in message.split("\n"):
        parts = [part for part in line.split(_SEPARATOR) if _says_something(part, values)]
        if parts and (parts != [""] or (lines and lines[-1])):
            lines.append(_SEPARATOR.join(_filled_part(part, values) for part in parts))
    return "\n".join(lines).strip("\n")


def _says_something(part: str, values: Mapping[str, str]) -> bool:
    names = [name for _, name, _, _ in Formatter().parse(part) if name]
    return not names or any(values[name] for name in names)


def _filled_part(part: str, values: Mapping[str, str]) -> str:
    text = _BRACKETS.sub(lambda match: match[0] if _says_something(match[0], values) else "", part)
    return "".join(literal + (values[name] if name else "") for literal, name, _, _ in Formatter().parse(text))


def reminder_content(facts: TipFacts, zone: ZoneInfo) -> PostContent:
    """Return the reminder that is sent shortly before the start, as a reply to the tip's message.

    zone: time zone of the start.
    """
    event = f"⏰ {facts.event}"
    texts = {
        language: f"{event}\n{template.reminder.format(at=template.moment(facts.starts_at, zone))}"
        for language, template in TEMPLATES.items()
    }
    return PostContent(
        text=texts[HOME_LANGUAGE],
        spoken=_translations(texts),
        moments=tuple(_moments((facts.starts_at,), zone)),
        preview=NO_PREVIEW,
    )


def moments_of(facts: TipFacts, zone: ZoneInfo) -> Iterator[tuple[str, int]]:
    """Yield each time in the tip's message in the notation of each language, with its Unix timestamp."""
    return _moments(dict.fromkeys(filter(None, (facts.starts_at, facts.valid_until))), zone)


def _moments(moments: Iterable[datetime], zone: ZoneInfo) -> Iterator[tuple[str, int]]:
    for at in moments:
        for template in TEMPLATES.values():
            yield template.moment(at, zone), int(at.timestamp())


def _translations(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((language, text) for language, text in texts.items() if language != HOME_LANGUAGE)


def with_result(content: PostContent, result: TipResult, profit: Fraction, *, is_corrected: bool) -> PostContent:
    """Return the message with the line of the tip's result; unchanged if it would exceed Telegram's limit."""

    def result_text(text: str, language: str) -> str:
        template = template_of(language)
        gain = "" if result is TipResult.VOID else f" · {template.number(_signed_number(profit))} u"
        correction = f" ({template.corrected})" if is_corrected else ""
        return f"{text.partition(RESULT_MARK)[0]}{RESULT_MARK}{template.results[result]}{gain}{correction}"

    translations = tuple((language, result_text(text, language)) for language, text in content.spoken)
    try:
        return replace(content, text=result_text(content.text, HOME_LANGUAGE), spoken=translations)
    except InvalidInput:
        return content


def _signed_number(number: Fraction) -> str:
    return f"+{fixed_digits(number, 2)}" if number > 0 else fixed_digits(number, 2).replace("-", "−")
