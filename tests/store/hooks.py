"""Faults of the network and of AWS, planted between a client and the service with botocore's own events."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from botocore.awsrequest import AWSResponse


def count_calls(client: Any) -> Counter[str]:
    """Calls by operation, each counted once however often the SDK sends it."""
    calls: Counter[str] = Counter()
    client.meta.events.register("before-call.*.*", lambda model, **_: calls.update([model.name]), unique_id="calls")
    return calls


def count_sends(client: Any) -> Counter[str]:
    """Requests by operation as they leave, repetitions included."""
    sends: Counter[str] = Counter()
    client.meta.events.register(
        "before-send.*.*", lambda event_name, **_: sends.update([event_name.rpartition(".")[2]]), unique_id="sends"
    )
    return sends


def lose_answers(client: Any, operation: str, times: int = 1, then: Any = None) -> list[int]:
    """The service does what it is asked, the answer is lost, and the SDK asks again. `then` runs in between.

    Gives the status codes of the lost answers.
    """
    lost: list[int] = []

    def lose(response: Any, **_: Any) -> int | None:
        if response is None or len(lost) >= times:
            return None
        lost.append(response[0].status_code)
        if then is not None:
            then()
        return 0  # seconds until the next try

    client.meta.events.register_first(f"needs-retry.*.{operation}", lose)
    return lost


def refuse_sends(client: Any, operation: str, code: str, times: int) -> list[str]:
    """The service answers 400 with `code`, so the SDK deals with it as it would with a real one."""
    refused: list[str] = []
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "planted"}).encode()

    def refuse(request: Any, **_: Any) -> AWSResponse | None:
        if len(refused) >= times:
            return None
        refused.append(code)
        return AWSResponse(request.url, 400, {"x-amzn-errortype": code}, _Raw(body))

    client.meta.events.register_first(f"before-send.*.{operation}", refuse)
    return refused


def refuse_calls(client: Any, operation: str, error: dict[str, Any], times: int, status: int = 400) -> list[str]:
    """The call ends with a parsed error; nothing is sent and the SDK does not try again."""
    refused: list[str] = []

    def refuse(**_: Any) -> Any:
        if len(refused) >= times:
            return None
        refused.append(operation)
        parsed = {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}, **error}
        return AWSResponse("", status, {}, _Raw(b"")), parsed

    client.meta.events.register_first(f"before-call.*.{operation}", refuse)
    return refused


def cancelled(*codes: str) -> dict[str, Any]:
    """The error of a transaction cancelled for these reasons, one for each of its changes."""
    return {
        "Error": {"Code": "TransactionCanceledException", "Message": "planted"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        yield self._body
