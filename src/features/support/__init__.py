"""Feature: customers' questions, which reach staff through the bot and are answered in the chat or the console."""
