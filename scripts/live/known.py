"""Known differences of the simulators (`umbral_sandbox.differences`), and the facts in which they are visible."""

from __future__ import annotations

from typing import Final

SEEN: Final = {
    "A photo given by URL": "a picture by its address is",
    "The URL of a Mini App may use http": "a Mini App by http is",
    "A Stripe balance": "the balance grows by",
}
"""Facts in which the known differences are visible, keyed by the beginning of the difference's text. A difference
between service and simulator in such a fact is not an error.
"""
ALSO_SEEN: Final = frozenset({"a search finds a customer at once"})
"""Further facts in which Stripe and the simulator are known to differ."""

NOT_SEEN: Final = {
    "Telegram's rate limits": "to see it takes a flood, for which a bot is shut out",
    "`GetChannelDifference`": "no account takes part in these checks, only bots",
    "A channel whose owner deleted": "nobody deletes an account for it",
    "An unpaired surrogate": "it is about the stand-ins' control interface alone",
    "A webhook that gets no response": "it takes hours until the service comes again",
    "PayPal does not publish how": "it takes three days",
    "Stripe's test mode gives up": "it takes hours",
    "In groups, a bot that is not an administrator": "it takes a group and a second person",
    "An upgraded group": "it takes a group and a second person",
    "A poll is sent and shown": "it takes people who vote",
    "Providers have one card": "cards, buyers and banks of test modes are made up as well",
}
"""Reason why no run can check a known difference, keyed by the beginning of the difference's text."""

ONLY_REAL: Final = (
    "that a customer gets through Stripe's and PayPal's own pages, by phone, with a bank that asks back",
    "webhooks as the real services send and sign them, but for Cryptomus' test webhook: `umbral doctor --live`, and a"
    " first sale, show those",
    "channels made by an account over MTProto, flood waits, and accounts that Telegram restricts",
    "how fast each service answers, and how it spreads its retries",
    "taxes, fees, payouts and exchange rates",
    "live mode itself: a payment of one euro to yourself, refunded, is the last check before you sell",
)
"""Behaviour that cannot be observed in any test mode."""
