"""Panel screens of plans and payment methods."""
