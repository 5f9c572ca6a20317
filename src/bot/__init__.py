"""The bot process: chats with customers, messages to customers, and posts in channels."""

from bot.aiogram_models import import_aiogram

# Before any module of this package imports aiogram.
import_aiogram()
