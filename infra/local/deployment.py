"""Deploys the synthesised template to the emulator: the same template that goes to AWS.

Its assets are our own code, zipped as it stands and named by content, so that a change of code is a change of the
stack. Third-party libraries come from the runtime's own interpreter, so the layer is empty here. What the emulator
drops from a template (time to live) is set by its API afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from infra.local.emulator import ACCOUNT, REGION, Emulator, EmulatorError
from infra.packaging import Asset, assets, build, write_zip

STACK: Final = "usance"
_ARN: Final = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:NAME-*"
_BATCHED: Final = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
_HERE: Final = Path(__file__).parent
_BUCKET: Final = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


def deploy(emulator: Emulator, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update the stack. Returns its outputs; raises EmulatorError naming the resources that failed."""
    storage = emulator.client("s3")
    storage.create_bucket(Bucket=_BUCKET)
    text = json.dumps(_made_local(json.loads((_HERE / "template.json").read_text())))
    for asset in assets():
        content = _content(asset)
        key = f"{hashlib.sha256(content).hexdigest()}.zip"
        storage.put_object(Bucket=_BUCKET, Key=key, Body=content)
        text = text.replace(f'"{asset.name}"', f'"{key}"')
    storage.put_object(Bucket=_BUCKET, Key="template.json", Body=text.encode())
    outputs = _apply(emulator, parameters)
    _finish(emulator, outputs)
    return outputs


def _made_local(template: dict[str, Any]) -> dict[str, Any]:
    """The template with what the emulator cannot take as it stands put into its words."""
    return _without_tls(_with_batch_actions(_with_secret_arns(template)))


def _without_tls(template: dict[str, Any]) -> dict[str, Any]:
    """The template without the statements that refuse plain HTTP, which is all that is spoken on this machine."""
    for one in template["Resources"].values():
        document = one.get("Properties", {}).get("PolicyDocument")
        if document:
            document["Statement"] = [
                statement
                for statement in document["Statement"]
                if "aws:SecureTransport" not in statement.get("Condition", {}).get("Bool", {})
            ]
    # A policy of no statements is none; CloudFormation would refuse it.
    kept = {
        name: one
        for name, one in template["Resources"].items()
        if one.get("Properties", {}).get("PolicyDocument", {}).get("Statement") != []
    }
    return {**template, "Resources": kept}


def _with_secret_arns(template: dict[str, Any]) -> dict[str, Any]:
    """The template with the ARN of each secret in the policies that name it: AWS gives it for a reference, the emulator
    gives the secret's name, which no policy matches."""
    resources = template["Resources"]
    secrets = {name for name, one in resources.items() if one["Type"] == "AWS::SecretsManager::Secret"}
    for statement in _role_statements(template):
        named = statement["Resource"].get("Ref") if isinstance(statement["Resource"], dict) else None
        if named in secrets:
            statement["Resource"] = {"Fn::Sub": _ARN.replace("NAME", f"${{{named}}}")}
    return template


def _with_batch_actions(template: dict[str, Any]) -> dict[str, Any]:
    """The template with the batch forms of the queue actions that roles may do. AWS knows them under the single
    forms' names; the emulator asks for each by its own."""
    for statement in _role_statements(template):
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        statement["Action"] = [*actions, *(f"{action}Batch" for action in actions if action in _BATCHED)]
    return template


def _role_statements(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in template["Resources"].values():
        if one["Type"] == "AWS::IAM::Role":
            for policy in one["Properties"].get("Policies", ()):
                yield from policy["PolicyDocument"]["Statement"]


def _content(asset: Asset) -> bytes:
    with TemporaryDirectory() as folder:
        if asset.layer:
            return write_zip(Path(folder) / asset.name, ()).read_bytes()
        return build(asset, Path(folder)).read_bytes()


def _apply(emulator: Emulator, parameters: Mapping[str, str]) -> dict[str, str]:
    stacks = emulator.client("cloudformation")
    request = {
        "StackName": STACK,
        "TemplateURL": f"{emulator.endpoint}/{_BUCKET}/template.json",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    exists = any(one["StackName"] == STACK for one in stacks.describe_stacks()["Stacks"])
    (stacks.update_stack if exists else stacks.create_stack)(**request)
    waiter = stacks.get_waiter("stack_update_complete" if exists else "stack_create_complete")
    waiter.wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    stack = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
    if not stack["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in stack["StackStatus"]:
        events = stacks.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in events
            if "FAILED" in event["ResourceStatus"]
        ]
        raise EmulatorError("the stack could not be deployed:\n" + "\n".join(failed))
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _finish(emulator: Emulator, outputs: dict[str, str]) -> None:
    database = emulator.client("dynamodb")
    for name in ("ControlTable", "UsageTable", "DocumentsTable", "LedgerTable"):
        database.update_time_to_live(
            TableName=outputs[name], TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )
    outputs["ApiUrl"] = _http_api(emulator)
    outputs["HooksUrl"] = _rest_api(emulator)


def _http_api(emulator: Emulator) -> str:
    api = emulator.client("apigatewayv2").get_apis()["Items"][0]
    return f"{emulator.endpoint}/_aws/execute-api/{api['ApiId']}/$default"


def _rest_api(emulator: Emulator) -> str:
    client = emulator.client("apigateway")
    api = client.get_rest_apis()["items"][0]["id"]
    stage = client.get_stages(restApiId=api)["item"][0]["stageName"]
    return f"{emulator.endpoint}/_aws/execute-api/{api}/{stage}"
