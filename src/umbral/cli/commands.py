"""The table of commands: the name is the module's, the text is the overview's line."""

from __future__ import annotations

COMMANDS = {
    "web": "serve pages, webhooks and the door for picks",
    "worker": "work core jobs and the business clock",
    "bot": "talk with customers on Telegram",
    "userbot": "make and keep the customers' channels",
    "demo": "run all of it on this machine, with nothing to install or sign up for",
    "sandbox": "run the stand-ins for Telegram and the payment providers alone",
    "init": "write the settings' file of a new installation, with fresh keys",
    "migrate": "bring the database's tables up to date",
    "plans": "list what is on offer, take it out and bring it in, give plans their prices at a provider",
    "accounts": "look after the accounts that own channels: sign in, list, retire, rekey",
    "gateway": "list the payment methods, write the package of a new one",
    "jobs": "list, show, run again or drop work that failed",
    "sweep": "look now for people whose time is over, or only list them",
    "receipts": "write the receipts of a span of days as CSV, for the accountant",
    "why": "explain somebody's access",
    "bench": "measure a sweep among few and among many",
    "doctor": "say what is missing or wrong in the settings, starting nothing",
    "health": "say whether a process on this machine works, for health checks",
}
