"""A scripted stand-in for Stripe: the part of its API that Usance calls, with failures on request.

It is ours, for tests and for the local runtime; nothing that is deployed knows of it. The payment method decides what
a charge comes to (`scripts.py`), idempotency keys are honoured, signed webhooks are sent, and the book of what was
really charged can be read, so that it can be compared with what was recorded.

    with StripeStandin() as stripe:
        stripe.url                                  http://127.0.0.1:<port>
        stripe.book.charges()                       money taken

or `python -m infra.local.stripe_standin --port 0 --port-file F`.
"""

from infra.local.stripe_standin.server import StripeStandin

__all__ = ["StripeStandin"]
