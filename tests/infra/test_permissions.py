"""What each function may do, and what none may."""

from __future__ import annotations

import json
import re

import pytest

from tests.infra.resources import (
    HANDLERS,
    TABLES,
    allowed,
    as_list,
    every_statement,
    functions,
    of_handler,
    of_type,
    table_id,
    target,
)

NO_RESOURCE = {  # actions that AWS gives no resource to
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}
PREFIXES = re.compile(r'/(raw|folded|documents)/\*"|:secret:usance/org_\*"')

READ = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
APPEND = {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"}
CHANGE = APPEND | {"dynamodb:DeleteItem"}

# Per function: control, usage, documents, ledger.
TABLE_RIGHTS = {
    "functions.ingest.handler.handler": ({"dynamodb:GetItem"}, {"dynamodb:GetItem", "dynamodb:PutItem"}, set(), set()),
    "functions.aggregate.fold.handler": (READ, READ | CHANGE, {"dynamodb:Query"} | APPEND, set()),
    "functions.aggregate.alerts.handler": (READ, READ, READ | APPEND, set()),
    "functions.invoice.run.handler": (READ, set(), READ | APPEND, set()),
    "functions.invoice.bill.handler": (READ, READ, READ | CHANGE, READ | APPEND),
    "functions.invoice.sweep.handler": (READ, set(), READ | CHANGE, READ | APPEND),
    "functions.invoice.collect.handler": (READ, set(), READ | CHANGE, READ | APPEND),
    "functions.revrec.handler.handler": (READ, set(), READ | CHANGE, READ | APPEND),
    "functions.webhooks.app.app": (READ, set(), READ | APPEND, set()),
    "functions.webhooks.apply.handler": (READ, set(), READ | CHANGE, READ | APPEND),
    "functions.api.handler.handler": (READ | APPEND, READ, READ | APPEND, READ | APPEND),
}


def test_no_action_is_a_wildcard(template):
    for role, statement in every_statement(template):
        for action in as_list(statement["Action"]):
            assert "*" not in action, f"{role}: {action}"
        assert "NotAction" not in statement
        assert "NotResource" not in statement


def test_wildcards_in_resources_are_the_listed_ones(template):
    for role, statement in every_statement(template):
        for resource in as_list(statement["Resource"]):
            text = json.dumps(resource)
            if resource == "*":
                assert set(as_list(statement["Action"])) <= NO_RESOURCE, role
            elif "*" in text:
                assert PREFIXES.search(text), f"{role}: {text}"


def test_roles_have_no_policies_of_others(template):
    for name, role in of_type(template, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name
    assert not of_type(template, "AWS::IAM::Policy")  # statements stand in the role, where a reader looks


def test_each_function_has_a_role_of_its_own(template):
    roles = [target(function["Role"]) for function in functions(template).values()]
    assert len(set(roles)) == len(HANDLERS)


def test_the_rights_on_tables_are_exactly_these(template):
    found = {
        handler: tuple(
            {
                action
                for action in allowed(template, handler, table_id(template, name))
                if action.startswith("dynamodb:")
            }
            for name in TABLES
        )
        for handler in HANDLERS
    }
    assert found == TABLE_RIGHTS


@pytest.mark.parametrize("handler", HANDLERS)
def test_nobody_updates_or_deletes_in_the_ledger_or_scans(template, handler):
    ledger = table_id(template, "Ledger")
    assert not {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} & allowed(
        template, handler, ledger
    )
    actions = {action for statement in of_handler(template, handler) for action in as_list(statement["Action"])}
    assert not {"dynamodb:Scan", "dynamodb:BatchWriteItem", "dynamodb:PartiQLSelect"} & actions


@pytest.mark.parametrize(
    ("handler", "tables"),
    [
        ("functions.ingest.handler.handler", {"Control", "Usage"}),
        ("functions.webhooks.app.app", {"Control", "Documents"}),
        ("functions.webhooks.apply.handler", {"Control", "Documents", "Ledger"}),
        ("functions.invoice.collect.handler", {"Control", "Documents", "Ledger"}),
    ],
)
def test_functions_of_one_organisation_are_kept_out_of_system_partitions(template, handler, tables):
    (denied,) = [statement for statement in of_handler(template, handler) if statement["Effect"] == "Deny"]
    assert denied["Condition"] == {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["~*"]}}
    assert {target(table) for table in as_list(denied["Resource"])} == {table_id(template, name) for name in tables}
    granted = {a for name in TABLES for a in allowed(template, handler, table_id(template, name))}
    assert granted <= set(denied["Action"])


def test_only_these_functions_reach_secrets(template):
    found = {}
    for handler in HANDLERS:
        actions = {a for statement in of_handler(template, handler) for a in as_list(statement["Action"])}
        if secret := {action for action in actions if action.startswith("secretsmanager:")}:
            found[handler] = {action.split(":")[1] for action in secret}
    assert found == {
        "functions.api.handler.handler": {"GetSecretValue", "CreateSecret", "PutSecretValue"},
        "functions.invoice.collect.handler": {"GetSecretValue"},
        "functions.webhooks.app.app": {"GetSecretValue"},
        "functions.webhooks.apply.handler": {"GetSecretValue"},
    }


def test_nobody_deletes_objects_or_changes_their_locks(template):
    used = {action for _, statement in every_statement(template) for action in as_list(statement["Action"])}
    assert {action for action in used if action.startswith("s3:")} == {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}


def test_objects_are_written_where_they_belong(template):
    written = {}
    for handler in HANDLERS:
        for statement in of_handler(template, handler):
            if "s3:PutObject" in as_list(statement["Action"]):
                written[handler] = set(re.findall(r"/(\w+)/\*", json.dumps(statement["Resource"])))
    assert written == {
        "functions.ingest.handler.handler": {"raw"},
        "functions.aggregate.fold.handler": {"folded"},
        "functions.invoice.bill.handler": {"documents"},
    }
