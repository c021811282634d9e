"""Payments: attempts to take money, what to do after each answer of a provider, and what money received settles."""
