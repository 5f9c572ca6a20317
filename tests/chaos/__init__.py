"""Campaigns that inject every fault into every step of every flow and check that the guarantees of the product hold.

A *play* is one run of a flow by one new customer. A *strike* is one fault injected at one step of a play.
"""
