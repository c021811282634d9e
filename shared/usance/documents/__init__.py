"""Documents as people read them: the hosted page of an invoice."""
