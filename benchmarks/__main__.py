"""`make bench`: everything that is measured, one after another."""

from __future__ import annotations

from benchmarks import ingest, rating, simulate

ingest.main()
print()
simulate.main()
print()
rating.main()
