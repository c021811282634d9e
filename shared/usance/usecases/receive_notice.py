"""Take in a provider's webhook: verified on its raw bytes, stored once under the provider's event id, queued.

Nothing is applied here, so that the provider is answered at once. What cannot be verified leaves no trace, and one
answer stands for all reasons: an address that is nobody's, no signature, another's, an altered body, an old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.errors import BodyTooLarge, NotFound, UnverifiedWebhook
from usance.ports import ControlPlane, GatewayOf, Queue, Queues, Tables, TransactionRefused
from usance.records.notices import NoticeStatus, put_notice, read_notice
from usance.records.providers import connected_at

PROVIDERS: Final = frozenset({"stripe"})
MOST_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Receiving:
    """What receiving needs."""

    control: ControlPlane
    tables: Tables
    queues: Queues
    gateway_of: GatewayOf
    clock: Clock


@dataclass(frozen=True, slots=True)
class Received:
    """A verified notice, and whether it had come before."""

    organisation: str
    event: str
    type: str
    duplicate: bool


def receive_notice(
    receiving: Receiving, provider: str, endpoint: str, body: bytes, headers: Mapping[str, str]
) -> Received:
    """Verify, store and queue a webhook that arrived at an endpoint.

    A notice that came before is queued again only when it was not applied yet: an answer or a message may have been
    lost. Raises NotFound for an unknown provider, BodyTooLarge over 256 KB, UnverifiedWebhook.
    """
    if provider not in PROVIDERS:
        raise NotFound(f"webhooks are taken from {', '.join(sorted(PROVIDERS))} only")
    if len(body) > MOST_BYTES:
        raise BodyTooLarge(f"the body has {len(body)} bytes; {MOST_BYTES} are taken")
    now = receiving.clock.now()
    organisation = connected_at(receiving.control, provider, endpoint)
    gateway = receiving.gateway_of(organisation, provider) if organisation is not None else None
    notice = gateway.read_notice(body, headers, now) if gateway is not None else None
    if organisation is None or notice is None:
        raise UnverifiedWebhook("check the address, the signing secret and the sender's clock")
    duplicate, waiting = False, True
    try:
        raw = body.decode(errors="backslashreplace")
        receiving.tables.transact([put_notice(organisation, provider, notice, raw, now)])
    except TransactionRefused:
        known = read_notice(receiving.tables, organisation, provider, notice.event)
        duplicate, waiting = True, known is None or known.status is NoticeStatus.RECEIVED
    if waiting:
        message = {"organisation": organisation, "provider": provider, "event": notice.event}
        receiving.queues.send(Queue.HOOK, [message])
    return Received(organisation, notice.event, notice.type, duplicate)
