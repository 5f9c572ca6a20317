"""Use cases of customer support: storing and showing questions, sending files, and alerts about
unanswered questions.
"""
