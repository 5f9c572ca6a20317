"""The pool of Telegram accounts that own channels."""
