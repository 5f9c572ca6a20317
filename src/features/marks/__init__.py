"""Feature: watermarks that make each customer's copy of a post unique, and identification of the customer whose copy
was leaked.
"""
