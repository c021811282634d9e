"""What an HTTP API event (payload format 2.0) says about a request with usage."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from usance.kernel.errors import Fault, InvalidInput, MalformedBody, UnsupportedMediaType

_MEDIA: Final = frozenset(
    {
        "application/json",
        "application/jsonl",
        "application/ndjson",
        "application/x-ndjson",
        "application/x-jsonlines",
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
        "text/plain",
    }
)
_CHARSETS: Final = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))
_ENCODINGS: Final = frozenset(("", "identity", "gzip", "x-gzip"))
_SWITCH: Final = {"": False, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """The parts of a request, before anybody is authenticated. Names of headers are in lower case."""

    path: str
    event_type: str
    headers: Mapping[str, str]
    query: Mapping[str, str]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> UsageRequest:
        """Read all but the body, which is not looked at before the key is."""
        path = event.get("rawPath", "")
        name = (event.get("pathParameters") or {}).get("event_type") or path.rpartition("/")[2]
        headers = {key.lower(): value for key, value in (event.get("headers") or {}).items()}
        return cls(path, name, headers, event.get("queryStringParameters") or {})

    @property
    def atomic(self) -> bool:
        """Whether one bad event refuses all. Raises InvalidInput for anything but true and false."""
        value = self.query.get("atomic", "").lower()
        if value not in _SWITCH:
            raise InvalidInput("the query has faults", [Fault("/atomic", "not_allowed", "must be true or false")])
        return _SWITCH[value]

    @property
    def idempotency_key(self) -> str:
        """The request's key, or an empty text. Raises InvalidInput for one that is too long or not ASCII."""
        key = self.headers.get("idempotency-key", "")
        if len(key) > 255 or not (key.isascii() and key.isprintable()):
            why = "must have at most 255 printable ASCII characters"
            raise InvalidInput("a header has faults", [Fault("/idempotency-key", "invalid_text", why)])
        return key

    def body(self, event: Mapping[str, Any]) -> bytes:
        """The bytes that were sent. Raises UnsupportedMediaType and MalformedBody."""
        media, _, parameters = self.headers.get("content-type", "application/json").lower().partition(";")
        charset = parameters.partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
        if media.strip() not in _MEDIA or charset not in _CHARSETS:
            raise UnsupportedMediaType("send application/json or application/x-ndjson, in UTF-8")
        if self.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            raise UnsupportedMediaType("send the body as it is, or as gzip")
        content = event.get("body") or ""
        try:
            if event.get("isBase64Encoded"):
                return base64.b64decode(content, validate=True)
            return str(content).encode()
        except (binascii.Error, UnicodeEncodeError):
            raise MalformedBody("the body cannot be read as bytes") from None
