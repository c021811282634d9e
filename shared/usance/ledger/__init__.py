"""Double-entry books: accounts, balanced immutable entries, balances worked out from entries."""
