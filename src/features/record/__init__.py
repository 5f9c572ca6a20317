"""Feature: public record of a plan's tips with their results, in an append-only hash chain."""
