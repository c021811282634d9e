"""The API over HTTP, as the commands use it: JSON in and out, problems as errors that name every fault.

Every POST carries an idempotency key that follows from what is sent, so that a repeated command does nothing twice;
a request whose connection broke is sent again.
"""

from __future__ import annotations

import gzip
import hashlib
from typing import Any, Final

import msgspec
import urllib3

from usance.kernel.errors import Fault, UsanceError

_RETRIES: Final = urllib3.Retry(connect=3, read=2, status=0, backoff_factor=0.2, allowed_methods=None)
_COMPRESS_FROM: Final = 8_192


class CallFailed(UsanceError):  # noqa: N818 - named for what happened, as the rest of the tree is
    """The API refused a call, or did not answer."""

    code = "call_failed"
    title = "The call failed"
    status = 502


class Client:
    """Calls to one installation with one key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}", "accept": "application/json"}
        self._pool = urllib3.PoolManager(retries=_RETRIES, timeout=urllib3.Timeout(connect=5, read=60))

    def get(self, path: str, **query: str | None) -> Any:  # noqa: ANN401 - JSON values
        """The answer to a GET. Raises CallFailed."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._answer(
            "GET", path, self._pool.request("GET", self.url + path, fields=given, headers=self._headers)
        )

    def post(self, path: str, body: object, *, repeatable: bool = True) -> Any:  # noqa: ANN401 - JSON values
        """The answer to a POST. Raises CallFailed."""
        return self._send("POST", path, body, repeatable=repeatable)

    def put(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON values
        """The answer to a PUT. Raises CallFailed."""
        return self._send("PUT", path, body, repeatable=False)

    def usage(self, event_type: str, content: bytes, *, compress: bool = True) -> tuple[int, dict[str, Any]]:
        """Send events; the status and the answer, which for refused events is a problem and no error."""
        headers = {**self._headers, "content-type": "application/json", "idempotency-key": _key(content)}
        if compress and len(content) >= _COMPRESS_FROM:
            content = gzip.compress(content, 6, mtime=0)
            # Not application/json: API Gateway would read the compressed bytes as text and spoil them.
            headers |= {"content-encoding": "gzip", "content-type": "application/gzip"}
        path = f"/v1/usage/{event_type}"
        answer = self._pool.request("POST", self.url + path, body=content, headers=headers)
        if answer.status not in (200, 404, 409, 422):
            self._answer("POST", path, answer)
        return answer.status, dict(msgspec.json.decode(answer.data))

    def _send(self, method: str, path: str, body: object, *, repeatable: bool) -> Any:  # noqa: ANN401
        content = msgspec.json.encode(body)
        headers = {**self._headers, "content-type": "application/json"}
        if repeatable:
            headers["idempotency-key"] = _key(path.encode() + content)
        answer = self._pool.request(method, self.url + path, body=content, headers=headers)
        return self._answer(method, path, answer)

    def _answer(self, method: str, path: str, answer: urllib3.BaseHTTPResponse) -> Any:  # noqa: ANN401
        try:
            body = msgspec.json.decode(answer.data) if answer.data else None
        except msgspec.DecodeError:
            body = None
        if answer.status < 300:
            return body
        problem = body if isinstance(body, dict) else {}
        faults = [
            Fault(fault.get("pointer", ""), fault.get("code", ""), fault.get("detail", ""))
            for fault in problem.get("errors", ())
        ]
        detail = problem.get("detail") or problem.get("title") or answer.data[:200].decode(errors="replace")
        raise CallFailed(f"{method} {path} answered {answer.status}: {detail}", faults)


def without_currencies(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """An answer with the amount alone in place of each {"amount", "currency"}, for showing it to people."""
    if isinstance(value, dict):
        if value.keys() == {"amount", "currency"}:
            return value["amount"]
        return {name: without_currencies(part) for name, part in value.items()}
    return [without_currencies(part) for part in value] if isinstance(value, list) else value


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
