"""Feature: the Mini App, a web page inside Telegram with the customer's own data and the buttons of the chat."""
