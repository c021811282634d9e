"""Charges to lines, lines to documents: reconciliation with what was issued, totals, numbers, postings."""
