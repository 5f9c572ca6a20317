"""Campaigns that inject every fault into every step of every flow and check that the guarantees of the product hold."""
