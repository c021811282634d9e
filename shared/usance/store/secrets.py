"""Provider credentials in Secrets Manager, kept in memory for at most five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from usance.kernel.clock import Clock
from usance.store.names import secret_name

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

KEPT: Final = timedelta(minutes=5)
"""How long a changed secret may go unnoticed by a warm function."""

_decoder = msgspec.json.Decoder(dict[str, str])


class SecretsManagerSecrets:
    """`ports.Secrets` on Secrets Manager. What is absent is asked for each time, so a new secret is seen at once."""

    def __init__(self, client: SecretsManagerClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._read: dict[str, tuple[datetime, dict[str, str]]] = {}

    def read(self, organisation: str, name: str) -> Mapping[str, str] | None:
        return self.read_named(secret_name(organisation, name))

    def read_named(self, full_name: str) -> Mapping[str, str] | None:
        """A secret by its whole name or ARN, for those that belong to the installation."""
        now = self._clock.now()
        kept = self._read.get(full_name)
        if kept is not None and timedelta() <= now - kept[0] < KEPT:
            return dict(kept[1])
        try:
            found = self._client.get_secret_value(SecretId=full_name)
        except self._client.exceptions.ResourceNotFoundException:
            self._read.pop(full_name, None)
            return None
        values = _decoder.decode(found["SecretString"])
        self._read[full_name] = (now, values)
        return dict(values)

    def write(self, organisation: str, name: str, values: Mapping[str, str]) -> None:
        full_name = secret_name(organisation, name)
        text = msgspec.json.encode(dict(values)).decode()
        # Forgotten before the call: should the answer be lost, the next reader asks.
        self._read.pop(full_name, None)
        known = self._client.exceptions
        try:
            self._client.put_secret_value(SecretId=full_name, SecretString=text)
        except known.ResourceNotFoundException:
            try:
                self._client.create_secret(Name=full_name, SecretString=text)
            except known.ResourceExistsException:
                # Somebody created it in between; the last one to write wins, as ever.
                self._client.put_secret_value(SecretId=full_name, SecretString=text)
