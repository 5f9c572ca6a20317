"""The web process: webhooks of providers, public pages, and the API for posts. Purchases start in the bot, not here."""
