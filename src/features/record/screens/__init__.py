"""Chat screens about tips: a plan's record, lists of tips for staff, and settlement."""
