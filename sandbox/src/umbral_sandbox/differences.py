"""Known differences from the real services, as the single list that SANDBOX.md repeats."""

from typing import Final

DIFFERENCES: Final = (
    "Telegram's pace (about 30 messages a second over all, one a second in a chat) is not kept; floods come when"
    " switched on.",
    "A picture given by its address is fetched from this machine alone; a name under `.invalid` is never reached,"
    " behind any other a picture of 1280 × 720 is taken to lie.",
    "`GetChannelDifference` tells what was written and edited, not what was deleted.",
    "A channel whose owner's account was deleted stays without an owner; in reality another member inherits it.",
    "Half a pair of surrogates in a text of the control interface becomes a replacement character, as Telegram's texts"
    " are UTF-8.",
    "A webhook that was not answered, or with 503, comes again after seconds at first, so that a receiver that restarts"
    " hears soon; Stripe backs off exponentially from the beginning.",
    "How PayPal spreads its 25 tries over three days, and how often Cryptomus tries at all, is not published: seven"
    " refusals here, and a day.",
    "Stripe's test mode gives up after three tries; this stand-in is as patient as live mode while it says"
    " `livemode: false`.",
    "In groups bots that are no admins hear what answers them or names them in a command (`/help@some_bot`), and"
    " service lines, but not a command without a name after a message of their own; everything where they are admins.",
    "An upgraded group keeps its old messages to itself; nobody is removed from a group for being quiet, and slow mode,"
    " tags and people's reactions are missing; a chat that has a public username is found by it in the Bot API alone.",
    "A Mini App's address may be one of this machine by http; Telegram opens https alone.",
    "A poll is sent and shown, but nobody votes.",
    "A seller's balance at Stripe is what was paid and not given back: fees are not taken, and nothing is paid out."
    " What `customers/search` finds is up to date; the real index may be a minute behind.",
    "Providers know one card, one buyer and one bank, which do what the control interface says.",
)
