"""Run the stand-in: `python -m infra.local.stripe_standin --port 0 --port-file F`. Ends on SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from threading import Event

from infra.local.stripe_standin.server import StripeStandin


def main() -> None:
    """Serve until told to end."""
    options = argparse.ArgumentParser(prog="stripe_standin")
    options.add_argument("--port", type=int, default=0, help="0 takes any free one")
    options.add_argument("--port-file", type=Path, help="where to write the port once it answers")
    options.add_argument("--webhook-url", help="where to send events")
    options.add_argument("--webhook-secret", default=None, help="what to sign them with")
    given = options.parse_args()
    ended = Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: ended.set())
    with StripeStandin(given.port) as standin:
        if given.webhook_url:
            standin.book.register(given.webhook_url, given.webhook_secret)
        if given.port_file:
            # Renamed into place, so that who waits for the file never reads half of it.
            partial = given.port_file.with_suffix(".partial")
            partial.write_text(str(standin.port))
            partial.rename(given.port_file)
        print(f"stand-in for Stripe on {standin.url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
