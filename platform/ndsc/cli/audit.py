"""`ndsc audit`: read the logs for a lawful purpose, verify that nothing changed, prove that an entry is there."""

from __future__ import annotations

import base64
import getpass
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ndsc.audit.purposes import ReadingPurpose
from ndsc.cli.output import OutputFormat, PlainOutput, err, out, print_json, print_yaml
from ndsc.errors import InvalidInputError

if TYPE_CHECKING:
    from ndsc.audit.heads import KeptHeads
    from ndsc.audit.log import AuditLog
    from ndsc.audit.merkle import TreeHead
    from ndsc.audit.reading import Line
    from ndsc.audit.verify import Finding, Report
    from ndsc.trust.keys import SigningKey

app = typer.Typer(help="Who did what with whose data, in logs that cannot be changed unseen.", no_args_is_help=True)

_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_UNIT = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

LogName = Annotated[str, typer.Option("--log", help="One log, such as gateway or node/kent; all of them if not given.")]


@app.command()
def show(
    purpose: Annotated[
        ReadingPurpose | None, typer.Option("--purpose", "-p", help="What you read it for (DPA 2018 s.62(4)).")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, in a sentence.")] = "",
    log: LogName = "",
    since: Annotated[str, typer.Option("--since", help="2026-03-01, 2026-03-01T09:30, or 90m, 24h, 7d ago.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="What this officer or part did.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="The newest so many.")] = 50,
    reader: Annotated[
        str, typer.Option("--as", envvar="NDSC_OFFICER", help="Who reads; the name you are logged in by if not given.")
    ] = "",
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Tell what was done, as a story. Reading the log is logged too."""
    from ndsc.audit.reading import Reading, read  # noqa: PLC0415  # `ndsc --help` need not load the database's client
    from ndsc.cli.context import network  # noqa: PLC0415

    reading = Reading(
        reader=reader or getpass.getuser(),
        purpose=purpose or _ask_purpose(),
        reason=reason,
        since=moment(since) if since else None,
        actor=actor or None,
        limit=limit,
    )
    with network() as opened:
        lines = read(_chosen(opened.audit_logs(), log), reading)
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        (print_json if output is OutputFormat.JSON else print_yaml)([as_data(line) for line in lines])
    else:
        _print_story(lines)


@app.command()
def verify(
    heads: Annotated[
        Path | None, typer.Option("--heads", help="File of the signed heads seen so far; best kept elsewhere.")
    ] = None,
    log: LogName = "",
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Read every log anew and compare it with itself and with the heads seen before. Exit code 1 if one was changed."""
    from ndsc.audit.archive import FOLDER, archived  # noqa: PLC0415  # see above
    from ndsc.audit.heads import KeptHeads  # noqa: PLC0415
    from ndsc.cli.context import home, network  # noqa: PLC0415

    kept = KeptHeads(heads or home() / "audit-heads.json")
    with network() as opened:
        logs, key = opened.audit_logs(), opened.audit_key()
        put_away = archived(home() / FOLDER, kept, key.public)
        known = {each.origin for each in logs.values()} | {
            origin for origin, heads in put_away.items() if heads >= set(kept.heads(origin, key.public))
        }
        reports = verify_all(_chosen(logs, log), kept, key, put_away)
    lost = [origin for origin in kept.origins() if origin not in known]
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        (print_json if output is OutputFormat.JSON else print_yaml)(report_data(reports, lost))
    else:
        _print_reports(reports, lost)
    if lost or not all(report.intact for report in reports.values()):
        raise typer.Exit(1)


@app.command()
def prove(
    seq: Annotated[int, typer.Argument(min=0, help="Number of the entry.")],
    log: LogName = "",
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Print a proof (C2SP tlog-proof) that an entry is in its log, to be checked by anyone, offline."""
    from ndsc.cli.context import network  # noqa: PLC0415  # see above

    with network() as opened:
        chosen = _chosen(opened.audit_logs(), log)
        if len(chosen) != 1:
            raise InvalidInputError("Each log counts its own entries.", hint=f"Add --log: {', '.join(chosen)}.")
        proof = proof_of(next(iter(chosen.values())), seq, opened.audit_key())
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        (print_json if output is OutputFormat.JSON else print_yaml)(proof)
    else:
        sys.stdout.write(proof["proof"])
        err.print(f"[dim]leaf hash {proof['leaf']}, signed by {proof['key']['kid']}[/]")


def moment(text: str, now: datetime | None = None) -> datetime:
    """A date, a date and time (UTC where no zone is given), or so long ago."""
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return (now or datetime.now(UTC)) - timedelta(**{_UNIT[ago[2]]: int(ago[1])})
        given = datetime.fromisoformat(text)
        return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError("--since is a date or how long ago.", hint="Try 2026-03-01 or 24h.") from None


def as_data(line: Line) -> dict[str, Any]:
    """A line for scripts; ``leaf`` is the text whose hash a proof is about."""
    from ndsc.audit.story import tell  # noqa: PLC0415  # see above

    content = line.entry.model_dump(mode="json", exclude_none=True)
    leaf = f"{line.stored.seq} {line.stored.canonical}"
    return {"log": line.log, "seq": line.stored.seq, **content, "sentence": tell(line.entry), "leaf": leaf}


def verify_all(
    logs: Mapping[str, AuditLog],
    kept: KeptHeads,
    key: SigningKey,
    archived: Mapping[str, Collection[TreeHead]] = MappingProxyType({}),
) -> dict[str, Report]:
    """Verify each log against its kept heads; the head of a log that is intact is kept in turn.

    Heads of an ``archived`` log of the same origin are not this one's: it began anew.
    """
    from ndsc.audit.checkpoints import sign_checkpoint  # noqa: PLC0415  # see above
    from ndsc.audit.verify import verify as verify_log  # noqa: PLC0415

    reports = {}
    for name, log in logs.items():
        heads = kept.heads(log.origin, key.public)
        reports[name] = verify_log(log, [head for head in heads if head not in archived.get(log.origin, ())])
    for report in reports.values():
        if report.intact:
            kept.keep(report.origin, sign_checkpoint(report.origin, report.head, key))
    kept.save()
    return reports


def report_data(reports: Mapping[str, Report], lost: Sequence[str]) -> dict[str, Any]:
    """What was found, for scripts."""
    return {
        "intact": not lost and all(report.intact for report in reports.values()),
        "lost": list(lost),
        "logs": [
            {
                "log": name,
                "origin": report.origin,
                "size": report.head.size,
                "root": base64.b64encode(report.head.root).decode(),
                "kept_heads": report.kept_heads,
                "intact": report.intact,
                "findings": [_finding_data(finding) for finding in report.findings],
            }
            for name, report in reports.items()
        ],
    }


def proof_of(log: AuditLog, seq: int, key: SigningKey) -> dict[str, Any]:
    """A proof under the present head. Raises NoSuchEntryError, or BadProofError where the log was changed."""
    from ndsc.audit.checkpoints import sign_checkpoint, write_proof  # noqa: PLC0415  # see above
    from ndsc.audit.merkle import verify_inclusion  # noqa: PLC0415  # only a proof needs it

    stored, head = log.get(seq), log.head()
    path = log.inclusion_proof(seq, head.size)
    verify_inclusion(stored.leaf, seq, head, path)  # what stands in the database may have been changed there
    proof = write_proof(seq, path, sign_checkpoint(log.origin, head, key))
    leaf = base64.b64encode(stored.leaf).decode()
    return {"origin": log.origin, "seq": seq, "leaf": leaf, "key": key.public.jwk(), "proof": proof}


def _chosen(logs: Mapping[str, AuditLog], name: str) -> Mapping[str, AuditLog]:
    if not name:
        return logs
    if name not in logs:
        raise InvalidInputError(f"There is no log {name[:60]!r}.", hint=f"One of {', '.join(logs) or 'none so far'}.")
    return {name: logs[name]}


def _ask_purpose() -> ReadingPurpose:
    """The law limits what a log is read for, so a person is asked and a script is told to say."""
    choices = [purpose.value for purpose in ReadingPurpose]
    if not sys.stdin.isatty():
        raise InvalidInputError(
            "Reading the log needs a purpose (Data Protection Act 2018 s.62(4)).",
            hint=f"Add --purpose: {', '.join(choices)}.",
        )
    err.print("The law limits what the log is read for (Data Protection Act 2018 s.62(4)):", ", ".join(choices))
    answer = typer.prompt("Purpose", err=True)
    if answer not in choices:
        raise InvalidInputError("That is none of the purposes.", hint=f"One of {', '.join(choices)}.")
    return ReadingPurpose(answer)


def _print_story(lines: Sequence[Line]) -> None:
    from rich.table import Table  # noqa: PLC0415  # see above
    from rich.text import Text  # noqa: PLC0415

    from ndsc.audit.story import tell  # noqa: PLC0415

    if not lines:
        out.print("Nothing was done that this asks for.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("when (UTC)", "log", "#", "what was done"):
        table.add_column(heading, justify="right" if heading == "#" else "left", overflow="fold")
    for line in lines:
        table.add_row(
            Text(line.entry.at.strftime("%Y-%m-%d %H:%M:%S"), style="dim"),
            Text(line.log, style="cyan"),
            str(line.stored.seq),
            Text(tell(line.entry)),
        )
    out.print(table)


def _print_reports(reports: Mapping[str, Report], lost: Sequence[str]) -> None:
    from rich.table import Table  # noqa: PLC0415  # see above
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("log", "entries", "heads kept", "root", ""):
        table.add_column(heading, justify="right" if heading in {"entries", "heads kept"} else "left")
    for name, report in reports.items():
        verdict = Text("intact", style="green") if report.intact else Text("CHANGED", style="bold red")
        root = base64.b64encode(report.head.root).decode()[:12]
        table.add_row(Text(name, style="cyan"), f"{report.head.size:,}", str(report.kept_heads), root, verdict)
    out.print(table)
    for name, report in reports.items():
        for finding in report.findings:
            out.print(Text(f"{name}: {finding.sentence}", style="red"))
    for origin in lost:
        out.print(Text(f"{origin}: this log was seen before and is gone.", style="red"))


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "fault": finding.fault.value,
        "first": finding.first,
        "last": finding.last,
        "sentence": finding.sentence,
    }
