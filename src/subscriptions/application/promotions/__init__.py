"""Promotion codes: claims, the price with a promotion, and gifts and referrals."""
