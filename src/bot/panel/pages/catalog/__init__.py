"""Panel pages of plans and payment methods."""
