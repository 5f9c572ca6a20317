"""The Mini App: one page inside Telegram that shows customers what they have and what there is."""
