"""Sends batches of events over HTTP, and tries again when that is safe, which with events it always is."""

from __future__ import annotations

import gzip
import http.client
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from usance.kernel.errors import Fault, InvalidInput, Unavailable, UsanceError

_TRIES: Final = 6
_FIRST_PAUSE_MS: Final = 500
_TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch; `refused` holds the place in the batch, the id, and the errors of each bad event."""

    accepted: int
    duplicates: int
    refused: tuple[tuple[int, str | None, tuple[dict[str, Any], ...]], ...]


@dataclass(slots=True)
class UsageClient:
    """POST /v1/usage/{event_type} with an API key."""

    url: str
    key: str
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not self.key:
            why = "give the address of the API as --url and an API key as --key, or USANCE_URL and USANCE_API_KEY"
            raise InvalidInput("it is not known where to send to", [Fault("/url", "missing", why)])

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def send(self, event_type: str, events: list[dict[str, Any]], idempotency_key: str) -> Answer:
        """Send a batch. Raises UsanceError when it is refused for another reason than its events."""
        body = gzip.compress(b"\n".join(map(msgspec.json.encode, events)), 6)
        status, document = self._request(f"/v1/usage/{quote(event_type, safe='')}", body, idempotency_key)
        if status == 200:
            refused = ((one["index"], one.get("id"), tuple(one["errors"])) for one in document["refused"])
            return Answer(document["accepted"], document["duplicates"], tuple(refused))
        if status == 422 and document.get("errors"):
            return Answer(0, 0, _by_event(events, document["errors"]))
        if status == 409 and len(events) == 1:
            return Answer(0, 0, ((0, events[0].get("id"), tuple(document["errors"])),))
        raise _refusal(status, document)

    def _request(self, path: str, body: bytes, idempotency_key: str) -> tuple[int, dict[str, Any]]:
        headers = {
            "authorization": f"Bearer {self.key}",
            "content-type": "application/x-ndjson",
            "content-encoding": "gzip",
            "idempotency-key": idempotency_key,
        }
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_FIRST_PAUSE_MS * 2 ** (attempt - 1) / 1000)
            try:
                status, content = self._once(path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                reason = f"{type(error).__name__}: {error}"
                continue
            if status < 500 and status != 429:
                return status, _document(content)
            reason = f"it answered {status}"
        raise Unavailable(f"{self.url} could not be reached in {_TRIES} tries: {reason}; what was sent counts once")

    def _once(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        if self._connection is None:
            secure = parts.scheme == "https"
            make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._connection = make(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        self._connection.request("POST", parts.path.rstrip("/") + path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()


def _by_event(
    events: list[dict[str, Any]], errors: list[dict[str, Any]]
) -> tuple[tuple[int, str | None, tuple[dict[str, Any], ...]], ...]:
    # A single event's pointers begin at the event, a batch's with the event's place.
    found: dict[int, list[dict[str, Any]]] = {}
    for error in errors:
        place, pointer = 0, str(error["pointer"])
        if len(events) > 1:
            text, _, rest = pointer.removeprefix("/").partition("/")
            if not text.isdigit():
                raise _refusal(422, {"detail": error["detail"], "errors": errors})
            place, pointer = int(text), f"/{rest}" if rest else ""
        found.setdefault(place, []).append({**error, "pointer": pointer})
    return tuple((place, events[place].get("id"), tuple(ones)) for place, ones in sorted(found.items()))


def _document(content: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {"detail": content[:200].decode(errors="replace")}


class _Refused(UsanceError):  # noqa: N818 - as its siblings in the tree
    """The API refused a batch for another reason than its events."""

    code = "refused"
    title = "The API refused the request"


def _refusal(status: int, document: dict[str, Any]) -> UsanceError:
    faults = [Fault(one["pointer"], one["code"], one["detail"]) for one in document.get("errors", ())]
    words = document.get("detail") or document.get("title") or document.get("message") or "no reason was given"
    return _Refused(f"the API answered {status}: {words}", faults)
