"""Functions, roles and tables in a line, and waiting for what happens by itself."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from textwrap import dedent
from typing import Any

from infra.local.emulator import ACCOUNT, REGION, Emulator

VERSION = "2012-10-17"


def allow(action: str | list[str], resource: str, **condition: Any) -> dict[str, Any]:
    """A statement of a policy."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **condition}


def make_role(emulator: Emulator, name: str, *statements: dict[str, Any], service: str = "lambda") -> str:
    """A role that this service may take, with these statements; returns its ARN."""
    iam = emulator.client("iam")
    principal = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": VERSION, "Statement": [principal]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if statements:
        policy = json.dumps({"Version": VERSION, "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
    return str(role)


def make_function(emulator: Emulator, name: str, source: str, *statements: dict[str, Any], **more: Any) -> str:
    """A function of one module, whose role has these statements; returns its ARN."""
    functions = emulator.client("lambda")
    made = functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=make_role(emulator, name, *statements),
        Code={"ZipFile": _zipped(source)},
        **{"Handler": "code.handler", "Timeout": 10, **more},
    )
    return str(made["FunctionArn"])


def call(emulator: Emulator, name: str, event: object = None) -> Any:
    """What a function answers, error or not."""
    answer = emulator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def log_lines(emulator: Emulator, function: str) -> list[str]:
    """What a function logged so far."""
    logs = emulator.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [line for event in events for line in event["message"].splitlines()]


def make_table(emulator: Emulator, name: str) -> str:
    """A table with text keys `pk` and `sk`; returns its ARN."""
    made = emulator.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )
    return str(made["TableDescription"]["TableArn"])


def key(partition: str, sort: str = "a") -> dict[str, dict[str, str]]:
    """A key as DynamoDB takes it."""
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def arn(service: str, resource: str) -> str:
    """The ARN of a resource of the emulator's account."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def until(happened: Callable[[], object], seconds: float = 10) -> None:
    """Return when `happened` says so; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        time.sleep(0.02)


def _zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code.py", dedent(source))
    return buffer.getvalue()
