"""What every stage is made of: money, exact amounts, periods, recurrence, clock, ids, errors, derivations.

Standard library only. Importing the kernel sets the decimal precision of this process (see `amount`).
"""

from usance.kernel import amount as _amount

_amount.use_exact_arithmetic()
