"""Objects on S3, written once: S3 itself refuses to write over one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from usance.kernel.errors import Unavailable
from usance.ports import StoredObject
from usance.store.bounds import MAX_SORT_BYTES, check_name
from usance.store.patience import Patience

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3Objects:
    """`ports.Objects` in one bucket."""

    def __init__(self, client: S3Client, bucket: str, patience: Patience | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._patience = patience or Patience()

    def put_new(self, name: str, content: bytes, content_type: str = "application/octet-stream") -> bool:
        """As the port says; False, too, when the SDK repeated our own write. Raises Unavailable when others keep
        writing the same name and none of them succeeds."""
        check_name(name, MAX_SORT_BYTES)
        for _ in self._patience.tries():
            try:
                self._client.put_object(
                    Bucket=self._bucket, Key=name, Body=content, ContentType=content_type, IfNoneMatch="*"
                )
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status == 412:
                    return False
                # 409: another write of this name is under way. It may fail, so it does not yet decide anything.
                if status != 409:
                    raise
            else:
                return True
        raise Unavailable(f"others keep writing {name}; whether it is there will be known by trying again")

    def get(self, name: str) -> bytes | None:
        check_name(name, MAX_SORT_BYTES)
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=name)
        except self._client.exceptions.NoSuchKey:
            return None
        with found["Body"] as content:
            return content.read()

    def list(self, prefix: str, *, after: str | None = None) -> Iterator[StoredObject]:
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix}
        if after:
            request["StartAfter"] = after
        for page in self._client.get_paginator("list_objects_v2").paginate(**request):
            for found in page.get("Contents", ()):
                yield StoredObject(found["Key"], found["Size"])
