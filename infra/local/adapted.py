"""What the emulator cannot take of the template as it stands, put into its words. Nothing else is changed.

Each function here has a test in tests/local/test_adapted.py that shows what would fail without it. Where a newer
emulator passes as the template stands, the function goes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

Template = dict[str, Any]

_SECRET: Final = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:NAME-*"  # noqa: S105 - an ARN
_BATCHED: Final = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")


def adapted(template: Template) -> Template:
    """The template for the emulator; the one given is left as it is."""
    return without_tls(with_batch_actions(with_secret_arns(copy.deepcopy(template))))


def without_tls(template: Template) -> Template:
    """The template without the statements that refuse plain HTTP, which is all that is spoken on this machine."""
    for one in template["Resources"].values():
        document = one.get("Properties", {}).get("PolicyDocument")
        if document:
            document["Statement"] = [one for one in document["Statement"] if not _about_tls(one)]
    # A policy of no statements is none; CloudFormation would refuse it.
    kept = {
        name: one
        for name, one in template["Resources"].items()
        if one.get("Properties", {}).get("PolicyDocument", {}).get("Statement") != []
    }
    return {**template, "Resources": kept}


def with_secret_arns(template: Template) -> Template:
    """The template with the ARN of each secret in the policies that name it: AWS gives it for a reference, the emulator
    gives the secret's name, which no policy matches."""
    resources = template["Resources"]
    secrets = {name for name, one in resources.items() if one["Type"] == "AWS::SecretsManager::Secret"}
    for statement in _role_statements(template):
        named = statement["Resource"].get("Ref") if isinstance(statement["Resource"], dict) else None
        if named in secrets:
            statement["Resource"] = {"Fn::Sub": _SECRET.replace("NAME", f"${{{named}}}")}
    return template


def with_batch_actions(template: Template) -> Template:
    """The template with the batch forms of the queue actions that roles may do. AWS knows them under the single
    forms' names; the emulator asks for each by its own."""
    for statement in _role_statements(template):
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        statement["Action"] = [*actions, *(f"{action}Batch" for action in actions if action in _BATCHED)]
    return template


def _about_tls(statement: dict[str, Any]) -> bool:
    return "aws:SecureTransport" in statement.get("Condition", {}).get("Bool", {})


def _role_statements(template: Template) -> Iterator[dict[str, Any]]:
    for one in template["Resources"].values():
        if one["Type"] == "AWS::IAM::Role":
            for policy in one["Properties"].get("Policies", ()):
                yield from policy["PolicyDocument"]["Statement"]
