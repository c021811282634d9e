"""Faults of the network and of AWS, planted between a client and the service with botocore's own events."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from uuid import uuid4

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError


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


def lose_requests(client: Any, operation: str, times: int = 1, then: Any = None) -> list[str]:
    """The request never arrives, and the SDK asks again. `then` runs in between."""
    lost: list[str] = []

    def lose(request: Any, **_: Any) -> None:
        if len(lost) >= times:
            return
        lost.append(operation)
        if then is not None:
            then()
        raise ConnectTimeoutError(endpoint_url=request.url)

    client.meta.events.register_first(f"before-send.*.{operation}", lose)
    return lost


def forget_tokens(client: Any) -> None:
    """Give each sending of a transaction a token of its own, as if DynamoDB had forgotten the earlier ones."""

    def replace(request: Any, **_: Any) -> None:
        body = {**json.loads(request.body), "ClientRequestToken": uuid4().hex}
        request.body = json.dumps(body).encode()
        request.headers["Content-Length"] = str(len(request.body))

    client.meta.events.register("before-send.*.TransactWriteItems", replace)


def refuse_sends(client: Any, operation: str, code: str, times: int) -> list[str]:
    """The service answers 400 with `code`, so the SDK deals with it as it would with a real one."""
    refused: list[str] = []
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "planted"}).encode()

    def refuse(request: Any, **_: Any) -> AWSResponse | None:
        if len(refused) >= times:
            return None
        refused.append(code)
        return AWSResponse(request.url, 400, _headers({"x-amzn-errortype": code}), _Raw(body))

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
        return AWSResponse("", status, _headers({}), _Raw(b"")), parsed

    client.meta.events.register_first(f"before-call.*.{operation}", refuse)
    return refused


def cancelled(*codes: str) -> dict[str, Any]:
    """The error of a transaction cancelled for these reasons, one for each of its changes."""
    return {
        "Error": {"Code": "TransactionCanceledException", "Message": "planted"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }


def leave_unprocessed(client: Any, times: int) -> list[int]:
    """BatchGetItem answers the first half of the keys of a table and leaves the rest unprocessed."""
    left: list[int] = []
    asked: list[Any] = []

    def cut(params: Any, **_: Any) -> Any:
        asked[:] = [{}]
        if len(left) >= times:
            return params
        kept = {}
        for table, request in params["RequestItems"].items():
            half = len(request["Keys"]) // 2
            asked[0][table] = {**request, "Keys": request["Keys"][half:]}
            if half:
                kept[table] = {**request, "Keys": request["Keys"][:half]}
        left.append(sum(len(request["Keys"]) for request in asked[0].values()))
        # DynamoDB takes no empty request: with one key nothing is cut off, and what is answered is dropped below.
        return {**params, "RequestItems": kept or params["RequestItems"]}

    def add(parsed: Any, **_: Any) -> None:
        if asked[0]:
            parsed["UnprocessedKeys"] = asked[0]
            kept = {table: [key["sk"] for key in request["Keys"]] for table, request in asked[0].items()}
            for table, items in parsed["Responses"].items():
                parsed["Responses"][table] = [item for item in items if item["sk"] not in kept.get(table, [])]

    client.meta.events.register("provide-client-params.*.BatchGetItem", cut)
    client.meta.events.register("after-call.*.BatchGetItem", add)
    return left


def fail_entries(client: Any, ids: set[str], times: int) -> list[int]:
    """SendMessageBatch does not take the entries with these ids."""
    failed: list[int] = []
    dropped: list[Any] = []

    def drop(params: Any, **_: Any) -> Any:
        dropped[:] = [entry["Id"] for entry in params["Entries"] if entry["Id"] in ids and len(failed) < times]
        if dropped:
            failed.append(len(dropped))
        kept = [entry for entry in params["Entries"] if entry["Id"] not in dropped]
        # SQS takes no empty batch; one probe goes out in place of it and is told apart by its body.
        return {**params, "Entries": kept or [{"Id": "probe", "MessageBody": '{"n":-1}'}]}

    def add(parsed: Any, **_: Any) -> None:
        parsed["Failed"] = [{"Id": id_, "Code": "InternalError", "SenderFault": False} for id_ in dropped]

    client.meta.events.register("provide-client-params.*.SendMessageBatch", drop)
    client.meta.events.register("after-call.*.SendMessageBatch", add)
    return failed


def _headers(named: dict[str, str]) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name, value in named.items():
        headers.add_header(name, value)
    return headers


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        yield self._body
