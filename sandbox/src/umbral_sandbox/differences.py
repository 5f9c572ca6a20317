"""Known differences from the real services, as the single list that SANDBOX.md repeats."""

from typing import Final

DIFFERENCES: Final = (
    "Telegram's rate limits (about 30 messages a second overall, one a second per chat) are not enforced; flood"
    " errors occur only when switched on.",
    "A photo given by URL is downloaded only from this machine; a host under `.invalid` is never reached, and any"
    " other URL counts as a picture of 1280 × 720.",
    "`GetChannelDifference` returns new and edited messages, but not deletions.",
    "A channel whose owner deleted their account stays without an owner; Telegram transfers it to another member.",
    "An unpaired surrogate in a text of the control interface becomes a replacement character, because Telegram's"
    " texts are UTF-8.",
    "A webhook that gets no response, or a 503, is retried within seconds at first, so that a restarted receiver"
    " gets it soon; Stripe uses exponential backoff from the start.",
    "PayPal does not publish how it spreads its 25 attempts over three days, nor Cryptomus how many attempts it"
    " makes: here it is seven rejections, and one day.",
    "Stripe's test mode gives up after three attempts; this stand-in makes as many attempts as live mode although"
    " it returns `livemode: false`.",
    "In groups, a bot that is not an administrator receives replies to it, commands that name it"
    " (`/help@some_bot`) and service messages, but not a command without its name after a message of its own; an"
    " administrator receives everything.",
    "An upgraded group keeps its old messages to itself; inactive members are never removed, and slow mode, tags"
    " and people's reactions do not exist; only the Bot API finds a chat by its public username.",
    "The URL of a Mini App may use http on this machine; Telegram accepts only https.",
    "A poll is sent and shown, but nobody can vote.",
    "A Stripe balance is the sum of payments minus refunds: fees are not deducted, and there are no payouts."
    " `customers/search` is always up to date; the real index may lag by a minute.",
    "Providers have one card, one buyer and one bank, which behave as the control interface says.",
)
