"""``ndsc policy``: the rules that decide who sees what, and their tests."""
# Rules and engine are loaded inside the command, so that `ndsc --help` stays quick.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path

import typer

from ndsc.cli.output import OutputFormat, PlainOutput, print_json

app = typer.Typer(no_args_is_help=True, help="The rules that decide who sees what, and their tests.")


@app.callback()
def policy() -> None:
    """The rules that decide who sees what, and their tests."""


@app.command("test")
def run_policy_tests(
    folder: Path | None = typer.Option(None, "--policies", help="Folder of Rego rules; by default the shipped ones."),
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Run the Rego tests that stand beside the rules. Exit code 1 when one fails, or when there is none."""
    from ndsc.policy.bundle import load_bundle
    from ndsc.policy.testing import run_tests

    outcomes = run_tests(load_bundle(folder))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if output is OutputFormat.JSON:
        failures = [{"test": str(outcome.test), "why": outcome.why} for outcome in failed]
        print_json({"tests": len(outcomes), "failed": len(failed), "failures": failures})
    else:
        for outcome in failed:
            typer.echo(f"FAIL {outcome.test}: {outcome.why}")
        typer.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} policy tests pass")
    if failed or not outcomes:
        raise typer.Exit(1)
