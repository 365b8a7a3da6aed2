"""The program that `pulumi up` runs: one stack is one cluster."""

from ndsc_infra.program import deploy

deploy()
