"""What the local runtime must do whatever version of the emulator it pins: each test names what we rely on."""

from __future__ import annotations

import base64
import gzip
import io
import json
import socket
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from botocore.exceptions import ClientError

from infra.local.emulator import Emulator, free_port
from infra.local.front import Front

ECHO = """
import json, boto3
def handler(event, context):
    print("called")
    if event.get("queue"):
        boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="x")
        return "sent"
    body = {name: event.get(name) for name in ("body", "isBase64Encoded", "rawPath", "rawQueryString", "path")}
    body["headers"] = event.get("headers")
    headers = {"content-type": "application/json", "x-echo": "yes"}
    return {"statusCode": 201, "headers": headers, "body": json.dumps(body)}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


def make_function(emulator: Emulator, name: str) -> str:
    role = emulator.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("echo.py", ECHO)
    made = emulator.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Role=role, Handler="echo.handler", Code={"ZipFile": buffer.getvalue()}
    )
    return str(made["FunctionArn"])


def test_it_listens_on_this_machine_alone(emulator):
    # 127.0.0.2 is this machine too, but not the address it listens on: on all addresses, it would answer there.
    with socket.socket() as elsewhere:
        elsewhere.settimeout(1)
        assert elsewhere.connect_ex(("127.0.0.2", emulator.port)) != 0


def test_a_port_that_is_taken_is_not_taken_twice(emulator):
    assert free_port(emulator.port) != emulator.port


def test_bodies_go_through_the_front_address_as_they_came(emulator):
    arn = make_function(emulator, "echo")
    apis = emulator.client("apigatewayv2")
    api = apis.create_api(Name="echo", ProtocolType="HTTP")["ApiId"]
    integration = apis.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    apis.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration}")
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    content = gzip.compress(b'{"caf\xc3\xa9": 1}')
    with Front(f"{emulator.endpoint}/_aws/execute-api/{api}/$default", "http://127.0.0.1:9") as front:
        answer = urllib3.request(
            "POST",
            f"{front.url}/v1/some%2Fthing?a=1&a=2",
            body=content,
            headers={"content-encoding": "gzip", "content-type": "application/gzip", "x-api-key": "k"},
        )
        missing = urllib3.request("POST", f"{front.url}/v1/hooks/stripe/x", retries=False)
    assert (answer.status, answer.headers["x-echo"]) == (201, "yes")
    echoed = answer.json()
    # Bytes arrive whole because the content type is none that API Gateway takes for text.
    assert echoed["isBase64Encoded"] is True
    assert gzip.decompress(base64.b64decode(echoed["body"])) == b'{"caf\xc3\xa9": 1}'
    assert echoed["rawQueryString"] == "a=1&a=2"
    assert echoed["headers"]["x-api-key"] == "k"
    # Webhooks go to the other API, which does not answer here.
    assert missing.status == 502


def test_a_functions_role_is_enforced(emulator):
    make_function(emulator, "unprivileged")
    queue = emulator.client("sqs").create_queue(QueueName="forbidden")["QueueUrl"]
    answer = emulator.client("lambda").invoke(FunctionName="unprivileged", Payload=json.dumps({"queue": queue}))
    assert "AccessDenied" in answer["Payload"].read().decode()


def test_an_object_is_written_once(emulator):
    storage = emulator.client("s3")
    storage.create_bucket(Bucket="once")
    storage.put_object(Bucket="once", Key="a", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError) as caught:
        storage.put_object(Bucket="once", Key="a", Body=b"second", IfNoneMatch="*")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_a_clean_stop_keeps_the_data_and_leaves_no_process(tmp_path: Path):
    with Emulator(tmp_path) as first:
        make_function(first, "echo")
        first.client("lambda").invoke(FunctionName="echo", Payload="{}")
        first.client("dynamodb").create_table(
            TableName="kept",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        first.client("dynamodb").put_item(TableName="kept", Item={"pk": {"S": "a"}})
        assert first.kill_workers() == 1
        first.client("lambda").invoke(FunctionName="echo", Payload="{}")
        port = first.port
    with Emulator(tmp_path, port=port) as second:
        found = second.client("dynamodb").get_item(TableName="kept", Key={"pk": {"S": "a"}})
        assert found["Item"] == {"pk": {"S": "a"}}
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _running(tmp_path):
        time.sleep(0.1)
    assert _running(tmp_path) == []


def _running(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                environment = (path / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in environment:
                found.append(path.name)
    return found
