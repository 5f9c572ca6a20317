"""Parsers of typed answers, shared by the chat's dialogs and the console's forms. The error for an invalid answer names
the question and the expected input.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from subscriptions.domain.entities.service_plan import DURATION_LIMIT, ENDING, NAME_LIMIT
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.money import AmbiguousAmount, Money, currency_code, with_codes
from subscriptions.domain.services.visible_text import hidden_sign

Answers = Mapping[str, str]

Fact = str | int | Decimal | Money | tuple[Money, ...] | datetime
"""Value that a message may contain; each interface formats it in the reader's language."""

REASON_LIMIT: Final = 500
_WHOLE: Final = re.compile(r"[+\-−]?\d{1,18}")
_PRICE: Final = re.compile(r"\s*(?P<before>[^\d\s.,+\-]*)\s*(?P<amount>[\d.,+\-]+)\s*(?P<after>[^\d\s.,+\-]*)\s*")
_DAY: Final = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})")
_QUOTE_LENGTH: Final = 60
_LONGEST_CHOICE: Final = 40


class Wrong(UmbralError):
    """Error: an answer is invalid.

    key: key of the explanation under `forms.wrong`
    question: name of the question
    facts: values for the explanation
    """

    def __init__(self, key: str, *, question: str | None = None, **facts: Fact) -> None:
        super().__init__(key)
        self.key = key
        self.question = question
        self.facts = facts


@dataclass(frozen=True)
class Answer:
    """Answer that a person typed, forwarded or uploaded.

    sender: Telegram id of a forwarded message's author
    is_hidden: True if the author's account is hidden
    channel: id of the channel of a forwarded post, as in the Bot API
    file: Telegram's id of a picture or another file
    photo: True for a picture sent as a photo, not as a document
    """

    text: str
    sender: int | None = None
    is_hidden: bool = False
    channel: int | None = None
    file: str | None = None
    photo: bool = False


Parser = Callable[[Answer, Mapping[str, str]], str]
"""Parser that returns the stored form of an answer, given the earlier answers. Raises Wrong."""


def identity(answer: Answer, _: Answers) -> str:
    """Parse an answer that identifies a person: a Telegram id, a @username, part of a name, or a message forwarded from
    the person.
    """
    if answer.is_hidden:
        raise Wrong("hidden")
    text = str(answer.sender) if answer.sender is not None else answer.text.strip()
    if not text:
        raise Wrong("who")
    return text


def whole(least: int, most: int, wrong: str) -> Parser:
    """Return a parser of whole numbers from `least` to `most`. `wrong`: key of the explanation of the
    expected input.
    """

    def parse(answer: Answer, _: Answers) -> str:
        text = answer.text.strip().replace(" ", "")
        if not _WHOLE.fullmatch(text):
            raise Wrong(wrong, given=_short(answer.text), least=str(least), most=str(most))
        number = int(text.replace("−", "-"))
        if not least <= number <= most:
            raise Wrong(f"{wrong}_range", given=str(number), least=str(least), most=str(most))
        return str(number)

    return parse


days: Final = whole(1, DURATION_LIMIT, "duration_days")


def signed_days(answer: Answer, answers: Answers) -> str:
    """Parse a number of days to add, or to remove if it has a minus sign. Zero is refused."""
    number = whole(-DURATION_LIMIT, DURATION_LIMIT, "days")(answer, answers)
    if int(number) == 0:
        raise Wrong("days_zero")
    return number


def day(answer: Answer, _: Answers) -> str:
    """Parse a date such as `30/6/2027`, or `2027-06-30` as stored. Return an empty text if the question was skipped."""
    text = answer.text.strip()
    match = _DAY.fullmatch(text)
    iso_text = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}" if match else text
    try:
        date_value = date.fromisoformat(iso_text) if text else None
    except ValueError:
        raise Wrong("day", given=_short(text)) from None
    if date_value is not None and date_value.year not in ENDING:
        raise Wrong("day", given=_short(text))
    return date_value.isoformat() if date_value is not None else ""


def price(currency: str) -> Parser:
    """Return a parser of an amount with its currency, which is stored as `9.99 USD`. `currency`: default currency, for
    a number without a currency; empty if there is no default.
    """

    def parse(answer: Answer, _: Answers) -> str:
        money = typed_money(answer.text, currency)
        if money.minor < 0:
            raise Wrong("price_negative")
        return f"{money.plain} {money.currency}"

    return parse


def typed_money(text: str, currency: str, what: str = "price", bare: str = "currency_bare") -> Money:
    """Parse an amount such as `9.99`, `9,99 €`, `$9.99`, `9,99 euros` or `500 JPY`. `currency`: default currency; empty
    if there is none. `what`: name of the question, `price` or `amount`. `bare`: key of the refusal of a number without
    a currency. Raises Wrong if the amount is invalid.
    """
    match = _PRICE.fullmatch(with_codes(text.replace("−", "-")))
    if match is None:
        raise Wrong(f"{what}_unread", given=_short(text))
    if match["before"] and match["after"]:
        raise Wrong(f"{what}_unread", given=_short(text))
    currency_text = match["before"] or match["after"] or currency
    if not currency_text:
        raise Wrong(bare, given=_short(text))
    try:
        code = currency_code(currency_text)
    except InvalidInput:
        raise Wrong("currency", given=_short(match["before"] or match["after"])) from None
    try:
        return Money.parse(match["amount"], code)
    except AmbiguousAmount as error:
        raise Wrong(f"{what}_either", given=_short(text), **error.readings) from None
    except InvalidInput as error:
        kind = next((word for word in ("large", "decimals") if word in error.problem), "unread")
        raise Wrong(f"{what}_{kind}", given=_short(text), currency=code) from None


def kept_money(text: str) -> Money:
    """Parse an amount as stored by the parsers of `price`, such as `9.99 USD`."""
    amount, _, code = text.partition(" ")
    return Money.parse(amount, code, is_stored=True)


def reason(answer: Answer, _: Answers) -> str:
    """Parse a reason: a short text for the audit log."""
    text = " ".join(answer.text.split())
    if len(text) < 3:
        raise Wrong("reason")
    if len(text) > REASON_LIMIT:
        raise Wrong("reason_long", n=str(len(text)), limit=str(REASON_LIMIT))
    return text


def choice(answer: Answer, _: Answers) -> str:
    """Parse the option that a pressed button selects. The caller must check that the option is available."""
    text = answer.text.strip()
    if not text or len(text) > _LONGEST_CHOICE:
        raise Wrong("choose")
    return text


def one_of(options: Collection[str]) -> Parser:
    """Return a parser that accepts exactly these options."""

    def parse(answer: Answer, _: Answers) -> str:
        text = answer.text.strip()
        if text not in options:
            raise Wrong("choose")
        return text

    return parse


def several_of(options: Collection[str], wrong: str, limit: int) -> Parser:
    """Return a parser of several options, separated by commas or spaces.

    wrong: key of the explanation that lists the options
    limit: maximum number of characters of unknown options quoted in the refusal
    """

    def parse(answer: Answer, _: Answers) -> str:
        names = sorted(set(answer.text.replace(",", " ").split()))
        if not names:
            raise Wrong("choose")
        strangers = [name for name in names if name not in options]
        if strangers:
            raise Wrong(wrong, given=", ".join(strangers)[:limit], known=", ".join(options))
        return ",".join(names)

    return parse


def optional(parse: Parser) -> Parser:
    """Return a parser that accepts an empty answer and otherwise parses like `parse`."""
    return lambda answer, answers: parse(answer, answers) if answer.text.strip() else ""


def visible(parse: Parser) -> Parser:
    """Return a parser that refuses texts with invisible characters and otherwise parses like `parse`."""

    def read_visible(answer: Answer, answers: Answers) -> str:
        # A file may begin with a byte order mark.
        sign = hidden_sign(answer.text.removeprefix("\ufeff"))
        if sign is not None:
            key = "hidden_sign" if sign.preceding_text else "hidden_sign_first"
            raise Wrong(key, sign=sign.code, before=sign.preceding_text)
        return parse(answer, answers)

    return read_visible


def words(limit: int, wrong: str) -> Parser:
    """Return a parser of any text up to a maximum length. The result is empty if the question was skipped. `wrong`: key
    of the explanation for a text that is too long.
    """

    @visible
    def parse(answer: Answer, _: Answers) -> str:
        text = " ".join(answer.text.split())
        if len(text) > limit:
            raise Wrong(wrong, n=str(len(text)), limit=str(limit))
        return text

    return parse


def required_words(limit: int, too_long: str, empty: str) -> Parser:
    """Return a parser like `words` that refuses an empty text. `too_long`, `empty`: keys of the explanations."""
    read_words = words(limit, too_long)

    def read_required(answer: Answer, answers: Answers) -> str:
        text = read_words(answer, answers)
        if not text:
            raise Wrong(empty)
        return text

    return read_required


name: Final = required_words(NAME_LIMIT, "name_long", "name_empty")
"""Parser of a plan's name."""


def paragraph(limit: int, wrong: str) -> Parser:
    """Return a parser of any text up to a maximum length, which keeps line breaks. `wrong`: key of the explanation for
    a text that is too long.
    """

    @visible
    def parse(answer: Answer, _: Answers) -> str:
        text = "\n".join(" ".join(line.split()) for line in answer.text.strip().splitlines())
        if len(text) > limit:
            raise Wrong(wrong, n=str(len(text)), limit=str(limit))
        return text

    return parse


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTE_LENGTH else f"{text[: _QUOTE_LENGTH - 1]}…"
