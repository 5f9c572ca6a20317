"""The web process: provider webhooks, public pages, the door for picks. Buying starts in the bot, not here."""
