"""The bot process: the chat with customers, their messages, picks into channels."""

from bot.lean_aiogram import load

load()
