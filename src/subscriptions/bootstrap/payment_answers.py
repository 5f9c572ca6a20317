"""Check of the keys that an owner enters for a payment method, on the setup page or in the console."""

from collections.abc import Callable, Mapping
from typing import Final

from subscriptions.bootstrap import setting_up
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.checks.providers import ask_provider
from subscriptions.bootstrap.sealed_settings import is_given
from subscriptions.bootstrap.words import Words
from subscriptions.domain.ports.payment_gateway import Enrolment

LONGEST: Final = 1000
"""Maximum number of characters of a field, as in the forms' `maxlength`."""
Fits = Callable[[Mapping[str, str]], None]
"""Function that raises Refused if Umbral cannot run with the given settings. The settings are complete except for
values that the provider has yet to return.
"""


class Refused(Exception):
    """Error: an answer was refused. The message states the reason in the reader's language."""


def refusal_of(problem: Problem, words: Words) -> Refused:
    """Convert a problem to the error that refuses the owner's answer. If the problem is about a provider, the message
    begins with the name of the setting or, without a setting, with the provider's name.
    """
    text = words.describe(problem)
    if problem.subject not in setting_up.offers():
        return Refused(text)
    return Refused(f"{problem.setting or setting_up.provider_name(problem.subject)}: {text}")


def cleaned(fields: Mapping[str, str], words: Words) -> Mapping[str, str]:
    """Return the fields of a submitted form without spaces around them. Raises Refused if a field is longer than the
    forms allow, or has line breaks or other control characters.
    """
    values = {name: value.strip() for name, value in fields.items()}
    if any(len(value) > LONGEST or not value.isprintable() for value in values.values()):
        raise Refused(words("page.unclear"))
    return values


def is_switch(enrolment: Enrolment) -> bool:
    """Return True for a payment method that is only switched on and needs no keys, such as Telegram's own."""
    return len(enrolment.asks) == 1 and not enrolment.begins


def usable(_: Mapping[str, str]) -> None:
    """Accept all settings. Default implementation of `Fits`."""


async def check_payment(
    fields: Mapping[str, str],
    whole: Mapping[str, str],
    site: str,
    words: Words,
    fits: Fits = usable,
    *,
    asks_provider: bool = True,
) -> Mapping[str, str] | Problem:
    """Check the keys of the payment method in a submitted form at its provider, and return the settings to store, or
    the problem that the provider reports. A webhook is registered if the provider allows it.

    fields: `method`, and the keys that the owner typed
    whole: complete settings without those of the method
    site: URL of the shop
    fits: additional check of the complete settings
    asks_provider: False if this process lacks a setting that is needed to ask the provider

    Raises Refused if the answer cannot be used.
    """
    code = fields.get("method", "")
    enrolment = setting_up.offers().get(code)
    if enrolment is None:
        raise Refused(words("page.nothing"))
    typed_keys = {name: fields.get(name, "") for name in enrolment.asks}
    given = dict.fromkeys(enrolment.asks, "on") if is_switch(enrolment) else typed_keys
    if missing := [name for name, value in given.items() if not value]:
        raise Refused(words("page.missing", names=", ".join(missing)))
    if mistake := setting_up.explain_mistake(given[enrolment.asks[0]], enrolment, words.language):
        raise Refused(mistake)
    typed = {name: value for name in enrolment.pending if (value := fields.get(name, ""))}
    pending = {name: text for name, text in enrolment.pending.items() if not is_given(whole, name)}
    environ = {**whole, **pending, **given, **typed}
    if asks_provider and (problem := await ask_provider(environ, code)) is not None:
        return problem
    fits(environ)
    if not pending or len(typed) == len(pending):
        return {**given, **typed}
    registered = await setting_up.register(environ, code, f"{site}/webhooks/{code}")
    return registered if isinstance(registered, Problem) else {**given, **registered}
