"""A tip as customers read it: one template for each of their languages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.entities.pick import NO_PREVIEW, PickButton, PickContent
from subscriptions.domain.entities.tip import TipFacts, TipLeg, TipResult, plain
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.record_figures import fixed_digits

HOME_LANGUAGE: Final = "es"
RESULT_MARK: Final = "\n\n🏁 "
"""What begins the line with a tip's result, so that a corrected one takes its place."""


@dataclass(frozen=True)
class Template:
    """Words of one language. comma: how it writes decimals."""

    odds: str
    least: str
    stake: str
    until: str
    reminder: str
    leg: str
    days: tuple[str, ...]
    results: Mapping[TipResult, str]
    corrected: str
    comma: bool = True

    def number(self, number: Decimal | str) -> str:
        """A number as its readers write it."""
        text = number if isinstance(number, str) else plain(number)
        return text.replace(".", ",") if self.comma else text

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """Day and hour in a zone, which is named."""
        there = at.astimezone(zone)
        city = zone.key.rpartition("/")[2].replace("_", " ")
        return f"{self.days[there.weekday()]} {there:%d/%m}, {there:%H:%M} ({city})"


TEMPLATES: Final[Mapping[str, Template]] = {
    "es": Template(
        odds="Cuota {odds}",
        least="mínimo {odds}",
        stake="Stake {stake} u",
        until="Vale hasta {at}",
        reminder="Empieza pronto: {at}",
        leg="{n}. {event}: {selection} · {odds}",
        days=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
        results={
            TipResult.WON: "Acertado",
            TipResult.LOST: "Fallado",
            TipResult.PUSH: "Nulo: se devuelve lo apostado",
            TipResult.VOID: "Anulado: no cuenta",
            TipResult.HALF_WON: "Medio acertado",
            TipResult.HALF_LOST: "Medio fallado",
            TipResult.CASHED_OUT: "Cerrado antes del final",
        },
        corrected="resultado corregido",
    ),
    "en": Template(
        odds="Odds {odds}",
        least="at least {odds}",
        stake="Stake {stake} u",
        until="Good until {at}",
        reminder="Starts soon: {at}",
        leg="{n}. {event}: {selection} · {odds}",
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
        odds="Odd {odds}",
        least="mínimo {odds}",
        stake="Stake {stake} u",
        until="Vale até {at}",
        reminder="Começa em breve: {at}",
        leg="{n}. {event}: {selection} · {odds}",
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


@dataclass(frozen=True, kw_only=True)
class TipDraft:
    """A tip as it is handed over. text: what stands above its facts, as typed."""

    facts: TipFacts
    text: str = ""
    photo_url: str | None = None
    buttons: tuple[tuple[PickButton, ...], ...] = ()

    def content(self, zone: ZoneInfo) -> PickContent:
        """The message that goes into the channels. Raises InvalidInput where it is too long.

        zone: whose clock its times are by.
        """
        texts = {language: self._render(template, zone) for language, template in TEMPLATES.items()}
        return PickContent(
            text=texts[HOME_LANGUAGE],
            photo_url=self.photo_url,
            buttons=self.buttons,
            spoken=_translations(texts),
            moments=tuple(moments_of(self.facts, zone)),
            # A tip is a card by itself; what its sender wrote above it may lead somewhere.
            preview=None if self.text else NO_PREVIEW,
        )

    def _render(self, template: Template, zone: ZoneInfo) -> str:
        facts = self.facts
        odds = template.odds.format(odds=template.number(facts.odds))
        if facts.min_odds is not None:
            odds = f"{odds} ({template.least.format(odds=template.number(facts.min_odds))})"
        until = facts.valid_until if facts.valid_until not in (None, facts.starts_at) else None
        lines = [
            f"📌 {facts.event}",
            _line("🏆", facts.sport, facts.competition),
            _line("🕘", template.moment(facts.starts_at, zone)),
            _line("🎯", facts.market, " ".join(filter(None, (facts.selection, facts.line)))),
            *(f"   {self._leg(template, place, leg)}" for place, leg in enumerate(facts.legs, start=1)),
            _line("📈", odds, facts.bookmaker),
            _line("💰", template.stake.format(stake=template.number(facts.stake))),
            _line("⏳", template.until.format(at=template.moment(until, zone))) if until is not None else "",
            _line("✍️", facts.author),
        ]
        card = "\n".join(line for line in lines if line)
        return "\n\n".join(part for part in (self.text.strip(), card, facts.note.strip()) if part)

    def _leg(self, template: Template, place: int, leg: TipLeg) -> str:
        return template.leg.format(n=place, event=leg.event, selection=leg.selection, odds=template.number(leg.odds))


def reminder_content(facts: TipFacts, zone: ZoneInfo) -> PickContent:
    """What is said shortly before the start, in answer to the message itself.

    zone: whose clock the start is written by.
    """
    event = f"⏰ {facts.event}"
    texts = {
        language: f"{event}\n{template.reminder.format(at=template.moment(facts.starts_at, zone))}"
        for language, template in TEMPLATES.items()
    }
    return PickContent(
        text=texts[HOME_LANGUAGE],
        spoken=_translations(texts),
        moments=tuple(_moments((facts.starts_at,), zone)),
        preview=NO_PREVIEW,
    )


def moments_of(facts: TipFacts, zone: ZoneInfo) -> Iterator[tuple[str, int]]:
    """Its moments as each language writes them, with their Unix times."""
    return _moments(dict.fromkeys(filter(None, (facts.starts_at, facts.valid_until))), zone)


def _moments(moments: Iterable[datetime], zone: ZoneInfo) -> Iterator[tuple[str, int]]:
    for at in moments:
        for template in TEMPLATES.values():
            yield template.moment(at, zone), int(at.timestamp())


def _translations(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((language, text) for language, text in texts.items() if language != HOME_LANGUAGE)


def _line(sign: str, *parts: str) -> str:
    line = " · ".join(part for part in parts if part)
    return f"{sign} {line}" if line else ""


def with_result(content: PickContent, result: TipResult, profit: Fraction, *, corrected: bool) -> PickContent:
    """The message with the line that says what came of its tip; as it was where Telegram would not take that much."""

    def said(text: str, language: str) -> str:
        template = TEMPLATES[language]
        gain = "" if result is TipResult.VOID else f" · {template.number(_signed_number(profit))} u"
        correction = f" ({template.corrected})" if corrected else ""
        return f"{text.partition(RESULT_MARK)[0]}{RESULT_MARK}{template.results[result]}{gain}{correction}"

    translations = tuple((language, said(text, language)) for language, text in content.spoken)
    try:
        return replace(content, text=said(content.text, HOME_LANGUAGE), spoken=translations)
    except InvalidInput:
        return content


def _signed_number(number: Fraction) -> str:
    return f"+{fixed_digits(number, 2)}" if number > 0 else fixed_digits(number, 2).replace("-", "−")
