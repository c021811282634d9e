"""`make bench`: everything that is measured, one after another."""

from __future__ import annotations

from benchmarks import ingest, simulate

ingest.main()
print()
simulate.main()
