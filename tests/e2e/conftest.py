"""The whole system on the local AWS runtime, with every role enforced: one runtime for all end-to-end tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.runtime import LocalRuntime
from usance.cli.client import Client


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRuntime]:
    with LocalRuntime(tmp_path_factory.mktemp("runtime")) as running:
        yield running


@pytest.fixture
def operator(runtime: LocalRuntime) -> Client:
    return Client(runtime.url, runtime.operator_key)


def scan(runtime: LocalRuntime, table: str) -> dict[tuple[str, str], str]:
    """Every item of a table: its body by its key."""
    pages = runtime.client("dynamodb").get_paginator("scan").paginate(TableName=runtime.outputs[table])
    return {(item["pk"]["S"], item["sk"]["S"]): item["body"]["S"] for page in pages for item in page["Items"]}


def facts(runtime: LocalRuntime, organisation: str) -> dict[tuple[str, str, str], str]:
    """All that is recorded of an organisation's documents, payments and books; the outbox, which empties, is not."""
    return {
        (table, *key): body
        for table in ("DocumentsTable", "LedgerTable")
        for key, body in scan(runtime, table).items()
        if key[0].startswith(organisation) and not key[0].endswith("#outbox")
    }


def execute(runtime: LocalRuntime, machine: str, request: str = "{}") -> dict[str, Any]:
    """Run a state machine to its end; its description."""
    client = runtime.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=runtime.outputs[machine], input=request)["executionArn"]
    return finish(runtime, execution)


def finish(runtime: LocalRuntime, execution: str, seconds: int = 120) -> dict[str, Any]:
    """Wait for an execution's end."""
    client = runtime.client("stepfunctions")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        described = client.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return dict(described)
        time.sleep(0.2)
    raise AssertionError(f"{execution} did not end within {seconds} s")
