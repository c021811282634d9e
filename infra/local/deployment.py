"""Deploys the synthesised template to the emulator: the same template that goes to AWS.

Its assets are our own code, zipped as it stands and named by content, so that a change of code is a change of the
stack. Third-party libraries come from the runtime's own interpreter, so the layer is empty here. What the emulator
drops from a template (time to live) is set by its API afterwards.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from infra.local.adapted import adapted
from infra.local.emulator import ACCOUNT, REGION, Emulator, EmulatorError
from infra.packaging import Asset, assets, build, write_zip

STACK: Final = "usance"
TEMPLATE: Final = Path(__file__).parent / "template.json"
_BUCKET: Final = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_SECONDS: Final = 120
_TABLES: Final = ("ControlTable", "UsageTable", "DocumentsTable", "LedgerTable")


def deploy(emulator: Emulator, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update the stack and have all of it saved. Returns its outputs, with the addresses of the APIs here.

    Raises EmulatorError naming the resources that failed.
    """
    emulator.client("s3").create_bucket(Bucket=_BUCKET)
    template = adapted(json.loads(TEMPLATE.read_text()))
    _name_code(template, {asset.name: _uploaded(emulator, _content(asset), "zip") for asset in assets()})
    outputs = apply(emulator, STACK, json.dumps(template), parameters)
    for name in _TABLES:
        emulator.client("dynamodb").update_time_to_live(
            TableName=outputs[name], TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )
    emulator.save()
    return {**outputs, "ApiUrl": _here(emulator, outputs["ApiUrl"]), "HooksUrl": _here(emulator, outputs["HooksUrl"])}


def apply(emulator: Emulator, stack: str, template: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update a stack and return its outputs. Raises EmulatorError naming the resources that failed."""
    emulator.client("s3").create_bucket(Bucket=_BUCKET)
    key = _uploaded(emulator, template.encode(), "json")
    stacks = emulator.client("cloudformation")
    status = _status(stacks, stack)
    if status == "ROLLBACK_COMPLETE":  # its first deployment failed, and such a stack takes no other
        stacks.delete_stack(StackName=stack)
        status = _status(stacks, stack)
    change = stacks.update_stack if status else stacks.create_stack
    try:
        change(
            StackName=stack,
            TemplateURL=f"{emulator.endpoint}/{_BUCKET}/{key}",  # too long to be sent along
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise EmulatorError(f"the stack could not be deployed: {error}") from error
    return _outcome(stacks, stack)


def _status(stacks: Any, stack: str) -> str | None:  # noqa: ANN401 - boto3 makes its clients at run time
    pages = stacks.get_paginator("describe_stacks").paginate()
    found = {one["StackName"]: one["StackStatus"] for page in pages for one in page["Stacks"]}
    return None if found.get(stack) == "DELETE_COMPLETE" else found.get(stack)


def _outcome(stacks: Any, stack: str) -> dict[str, str]:  # noqa: ANN401 - boto3 makes its clients at run time
    deadline = time.monotonic() + _SECONDS
    while True:
        found = stacks.describe_stacks(StackName=stack)["Stacks"][0]
        if found["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
        if not found["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    events = stacks.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = [
        f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    raise EmulatorError("\n".join([f"the stack could not be deployed and is {found['StackStatus']}:", *reasons]))


def _name_code(template: dict[str, Any], uploaded: Mapping[str, str]) -> None:
    # The emulator makes a function whose code it cannot find all the same, and answers 200 for it.
    for name, one in template["Resources"].items():
        for code in (one["Properties"].get(part) for part in ("Code", "Content") if "Properties" in one):
            if isinstance(code, dict) and "S3Key" in code:
                if code["S3Key"] not in uploaded:
                    raise EmulatorError(
                        f"{name} takes its code from {code['S3Key']}, which is no asset of this project"
                    )
                code["S3Key"] = uploaded[code["S3Key"]]


def _content(asset: Asset) -> bytes:
    with TemporaryDirectory() as folder:
        if asset.layer:
            return write_zip(Path(folder) / asset.name, ()).read_bytes()
        return build(asset, Path(folder)).read_bytes()


def _uploaded(emulator: Emulator, content: bytes, suffix: str) -> str:
    key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
    emulator.client("s3").put_object(Bucket=_BUCKET, Key=key, Body=content)
    return key


def _here(emulator: Emulator, address: str) -> str:
    """An API's address on AWS, https://{id}.execute-api.{region}.amazonaws.com/{stage}/, as it is reached here."""
    parts = urlsplit(address)
    api, stage = str(parts.hostname).split(".")[0], parts.path.strip("/") or "$default"
    return f"{emulator.endpoint}/_aws/execute-api/{api}/{stage}"
