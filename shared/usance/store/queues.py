"""Queues on SQS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from usance.kernel.errors import Unavailable
from usance.ports import Body, Queue
from usance.store.bounds import MAX_MESSAGE_BYTES
from usance.store.messages import message_text
from usance.store.patience import Patience

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_BATCH = 10


class SqsQueues:
    """`ports.Queues` on SQS, for the queues whose addresses are known."""

    def __init__(self, client: SQSClient, urls: Mapping[Queue, str], patience: Patience | None = None) -> None:
        self._client = client
        self._urls = dict(urls)
        self._patience = patience or Patience()

    def send(self, queue: Queue, messages: Sequence[Body]) -> None:
        """As the port says. Raises Unavailable when some were not taken: some may have been, so send all again."""
        for batch in _batches([message_text(message) for message in messages]):
            self._send(self._urls[queue], batch)

    def _send(self, url: str, batch: Sequence[str]) -> None:
        left = {str(number): text for number, text in enumerate(batch)}
        refusals: set[str] = set()
        for _ in self._patience.tries():
            answer = self._client.send_message_batch(
                QueueUrl=url, Entries=[{"Id": number, "MessageBody": text} for number, text in left.items()]
            )
            left = {failed["Id"]: left[failed["Id"]] for failed in answer.get("Failed", ())}
            refusals = {failed["Code"] for failed in answer.get("Failed", ())}
            if not left:
                return
        raise Unavailable(f"{len(left)} of {len(batch)} messages were not taken ({', '.join(sorted(refusals))})")


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        bytes_ = len(text.encode())
        if len(batch) == _BATCH or (batch and size + bytes_ > MAX_MESSAGE_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += bytes_
    if batch:
        yield batch
