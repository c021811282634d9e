"""Quantities to charges: one file for each price model, one registry that knows them and their order (`rate`)."""
