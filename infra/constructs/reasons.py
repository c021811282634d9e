"""Findings of cdk-nag that are accepted, each with the reason, beside what they concern."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct

WILDCARDS = {
    r"\*": "X-Ray and the delivery of logs take no resource.",
    r"<StateBucket\w+\.Arn>/(raw|folded|documents)/\*": "Objects are named by organisation and content under a prefix.",
    r"arn:.*:secret:usance/org_\*": "Secrets of payment providers are made per organisation while the system runs.",
}
"""Every resource with a wildcard that a role may name, as a pattern of cdk-nag's spelling, and why."""


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one AwsSolutions finding about a construct and what is inside it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))


def accept_wildcards(role: iam.Role, statements: Iterable[iam.PolicyStatement]) -> None:
    """Accept the wildcards among the statements' resources that WILDCARDS gives a reason for; others stay findings."""
    stack = Stack.of(role)
    named = {_spelled(stack.resolve(resource)) for statement in statements for resource in statement.resources}
    for resource in sorted(name for name in named if "*" in name):
        for pattern, reason in WILDCARDS.items():
            if re.fullmatch(pattern, resource):
                accept(role, f"IAM5[Resource::{resource}]", reason)


def _spelled(value: Any) -> str:  # noqa: ANN401 - whatever CloudFormation allows in a string's place
    """A resource as cdk-nag writes it in its findings: `<Name.Attribute>` for a reference."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_spelled, parts))
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case str():
            return value
        case _:
            return json.dumps(value, separators=(",", ":"))
