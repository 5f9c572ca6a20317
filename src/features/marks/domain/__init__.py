"""The marks of copies: in texts, in pictures, and what a leaked copy proves."""
