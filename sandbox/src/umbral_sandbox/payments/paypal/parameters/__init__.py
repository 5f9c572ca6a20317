"""Validation rules of the parameters of each operation of the PayPal API."""
