"""Feature: partners, who refer customers with a link of their own and earn a commission on these
customers' payments.
"""
