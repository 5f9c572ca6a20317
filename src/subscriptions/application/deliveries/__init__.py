"""Delivery of messages to Telegram chats: attempts, their outcomes, and unreachable customers."""
