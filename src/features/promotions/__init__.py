"""Feature: discount codes (promotions) that reduce a price or add days."""
