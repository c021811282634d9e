"""The layer of third-party packages that all functions share."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct


def core_layer(scope: Construct, code: lambda_.Code) -> lambda_.LayerVersion:
    """The layer `core`, for arm64 and the functions' Python."""
    return lambda_.LayerVersion(
        scope,
        "Core",
        description="usance: third-party packages",
        code=code,
        compatible_architectures=[lambda_.Architecture.ARM_64],
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_12],
    )
