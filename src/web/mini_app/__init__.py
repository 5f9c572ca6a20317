"""The Mini App: a page inside Telegram that shows customers their subscriptions and the plans."""
