"""Feature: evidence about payments, and responses that submit it to the provider when a customer disputes a payment."""
