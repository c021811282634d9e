"""The whole runtime with the real stack: it survives what a laptop does to it."""

from __future__ import annotations

import json

import pytest
import urllib3

from infra.local.runtime import LocalRuntime

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runtime")


@pytest.fixture(scope="module")
def runtime(folder):
    with LocalRuntime(folder) as running:
        yield running


def organisation(runtime, name):
    body = json.dumps({"name": name, "currency": "USD", "timezone": "UTC", "mode": "test"})
    headers = {"authorization": f"Bearer {runtime.operator_key}", "content-type": "application/json"}
    answer = urllib3.request("POST", f"{runtime.url}/v1/organisations", body=body, headers=headers, retries=False)
    assert answer.status == 201, answer.data
    return answer.json()


def customers(runtime, made):
    headers = {"x-api-key": made["api_key"]["key"]}
    return urllib3.request("GET", f"{runtime.url}/v1/customers", headers=headers, retries=False)


def test_what_is_acknowledged_survives_a_kill_and_a_restart(runtime):
    before = organisation(runtime, "Before")
    runtime.emulator.kill()
    runtime.emulator.start()
    assert customers(runtime, before).status == 200
    after = organisation(runtime, "After")
    runtime.restart()
    for made in (before, after):
        assert customers(runtime, made).status == 200


def test_a_killed_function_is_there_again_at_the_next_request(runtime):
    made = organisation(runtime, "Killed")
    assert runtime.kill_workers("ControlApi") > 0
    assert customers(runtime, made).status == 200


def test_every_table_drops_what_has_expired(runtime):
    for table in ("ControlTable", "UsageTable", "DocumentsTable", "LedgerTable"):
        found = runtime.client("dynamodb").describe_time_to_live(TableName=runtime.outputs[table])
        assert found["TimeToLiveDescription"] == {"AttributeName": "expires_at", "TimeToLiveStatus": "ENABLED"}


def test_every_functions_module_can_be_imported_where_it_runs(runtime):
    """A function that cannot start says so in the error of its first call, whatever that call was."""
    functions = runtime.client("lambda")
    listed = functions.get_paginator("list_functions").paginate()
    names = [one["FunctionName"] for page in listed for one in page["Functions"]]
    assert len(names) == 11
    for name in names:
        answer = (
            functions.invoke(FunctionName=name, Payload=b'{"step": "none", "Records": []}')["Payload"].read().decode()
        )
        assert "init failed" not in answer, answer
        assert "Mock response" not in answer, answer


def test_a_second_start_in_the_same_folder_finds_the_same_stack(folder, runtime):
    made = organisation(runtime, "Kept")
    outputs = {name: value for name, value in runtime.outputs.items() if name.endswith("Table")}
    runtime.__exit__(None, None, None)
    with LocalRuntime(folder) as second:
        assert {name: value for name, value in second.outputs.items() if name.endswith("Table")} == outputs
        assert second.operator_key == runtime.operator_key
        assert customers(second, made).status == 200
    runtime.__enter__()
