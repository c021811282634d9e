"""Contracts as recorded amendments: their timeline at a moment, and what falls due when."""
