"""Errors that a test plants into the code of the tip record, each with the guarantee that the error violates."""

from __future__ import annotations

from typing import Final

from tests.year.planting import SOURCE, Change, Plant
from tests.year.span import Span

TIPS: Final = Span(seed=2, days=4, customers=4, brisk=True, tips=100)
_PLANTS: Final = (
    Plant(
        "a tip that is late is posted",
        (
            Change(
                f"{SOURCE}/domain/entities/post.py",
                "return self.deadline is not None and now >= self.deadline\n",
                "return self.deadline is not None and self.reminds_of is not None and now >= self.deadline\n",
            ),
        ),
        ("no copy of a tip comes at its deadline or later",),
        span=TIPS,
    ),
    Plant(
        "a reminder comes after the start",
        (
            Change(
                f"{SOURCE}/domain/entities/post.py",
                'cls.accept(f"reminder:{post.id}", post.plan_id, content, now, deadline)',
                'cls.accept(f"reminder:{post.id}", post.plan_id, content, now)',
            ),
        ),
        ("no reminder comes at the start or later",),
        span=TIPS,
    ),
    Plant(
        "nobody is reminded",
        (
            Change(
                "src/features/record/use_cases/remind_of_tips.py",
                "facts.starts_at - lead <= now < facts.starts_at:",
                "facts.starts_at <= now < facts.starts_at:",
            ),
        ),
        ("who has a tip is reminded of it",),
        span=TIPS,
    ),
    Plant(
        "a tip that was taken back is reminded of",
        (
            Change(
                f"{SOURCE}/application/posts/deliver_post.py",
                "if delivery.message_id is None and await _is_moot(uow, post):",
                "if delivery.message_id is None and False and await _is_moot(uow, post):",
            ),
            Change(
                "src/features/record/use_cases/remind_of_tips.py",
                "if tip is None or lead is None or tip.status is PostStatus.WITHDRAWN:",
                "if tip is None or lead is None:",
            ),
        ),
        ("what was withdrawn is not reminded of", "a reminder answers its tip"),
        span=TIPS,
    ),
    Plant(
        "a miss is told to nobody",
        (
            Change(
                "src/features/record/use_cases/watch_deadlines.py",
                "elif pick.deadline is not None and now >= pick.deadline + SETTLED_AFTER:",
                "elif pick.deadline is None:",
            ),
        ),
        ("every miss is told, and nothing else",),
        span=TIPS,
    ),
    Plant(
        "a correction after the start counts",
        (
            Change(
                "src/features/record/use_cases/publish_tip.py",
                "kind = EntryKind.CORRECTED if is_started else EntryKind.REVISED",
                "kind = EntryKind.REVISED",
            ),
        ),
        ("every figure is what was published and what came of it",),
        span=TIPS,
    ),
    Plant(
        "half a win is a whole one",
        (
            Change(
                "src/features/picks/domain.py",
                "return (1 + Fraction(odds)) / 2",
                "return Fraction(odds)",
            ),
        ),
        ("every figure is what was published and what came of it",),
        span=TIPS,
    ),
)
PLANTS: Final = {plant.name: plant for plant in _PLANTS}
"""Planted errors by name."""
