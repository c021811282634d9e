"""The CDK application: `cdk deploy` runs this file. It builds the assets and checks the stack with cdk-nag."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cdk_nag
from aws_cdk import App, DefaultStackSynthesizer, Validations
from aws_cdk import aws_lambda as lambda_

from infra import assets
from infra.packaging import ROOT
from infra.stack import UsanceStack

STACK = "Usance"
BUILD = ROOT / "build" / "assets"


def application(code: Mapping[str, lambda_.Code], *, outdir: Path | None = None) -> App:
    """The application with one stack, checked by cdk-nag when it is synthesised."""
    app = App(analytics_reporting=False, outdir=str(outdir) if outdir else None)
    UsanceStack(
        app,
        STACK,
        code=code,
        description="usance: usage in, invoices, payments and accounting-ready revenue out",
        # The CLI checks the version of the bootstrap stack; a rule in the template would only repeat it.
        synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks())
    return app


def main() -> None:
    """Build the assets and write the cloud assembly where the CDK CLI expects it."""
    application(assets.built(BUILD)).synth()


if __name__ == "__main__":
    main()
