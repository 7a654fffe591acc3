"""`hatz doctor`: the checks, and the probe."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import ExitCode, fail, report_errors
from hatz_cli.output import terminal

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


_Models = Annotated[list[str] | None, typer.Argument(help="With --probe: the models to ask. Default: the smallest.")]
_Model = Annotated[str | None, typer.Option(help="The model for the tiny requests. Default: the smallest.")]
_Offline = Annotated[bool, typer.Option("--offline", help="Check this machine only; send nothing.")]
_Probe = Annotated[bool, typer.Option("--probe", help="Ask the gateway what its documentation does not say.")]
_Only = Annotated[
    list[str] | None, typer.Option(help="With --probe: only questions whose id contains this; may be repeated.")
]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="With --probe: start without confirmation.")]
_Report = Annotated[Path | None, typer.Option(help="With --probe: write the JSON report to this file.")]
_Compare = Annotated[Path | None, typer.Option(help="With --probe: show what changed since this report.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
@report_errors
def doctor(
    models: _Models = None,
    model: _Model = None,
    offline: _Offline = False,
    probe: _Probe = False,
    only: _Only = None,
    yes: _Yes = False,
    report: _Report = None,
    compare: _Compare = None,
    json: _Json = False,
) -> None:
    """Check key, network and endpoints; each check that fails says what to do.

    It sends seven tiny requests to the smallest model the key has, about 400 tokens in all.

    \b
    Examples:
      hatz doctor
      hatz doctor --offline
      hatz doctor --model anthropic.claude-haiku-4-5
      hatz doctor --probe --report report.json
      hatz doctor --probe gpt-5.2 anthropic.claude-haiku-4-5 --yes
      hatz doctor --probe --compare report.json
      hatz sandbox -- hatz doctor
    """
    base_url = gateway.connect().settings.url
    key = os.environ.get("HATZ_API_KEY", "").strip()
    if probe:
        from hatz_cli.probe import command  # noqa: PLC0415 - only the probe needs the questions

        gateway.check_key()
        command.run(
            base_url,
            key,
            command.ProbeOptions(tuple(models or filter(None, [model])), tuple(only or ()), yes, report, compare, json),
        )
        return
    if models or only or report or compare:
        raise fail("models, --only, --report and --compare need --probe: add it", ExitCode.USAGE)
    _run_checks(base_url, key, model, offline=offline, json=json)


def _run_checks(base_url: str, key: str, model: str | None, *, offline: bool, json: bool) -> None:
    from hatz_cli.doctor import answers, local, network, show  # noqa: PLC0415
    from hatz_cli.doctor.check import Context, run_checks  # noqa: PLC0415

    checks = local.CHECKS if offline else (*local.CHECKS, *network.CHECKS, *answers.CHECKS)
    tokens = sum(check.tokens for check in checks)
    requests = sum(1 for check in checks if check.tokens)
    if tokens and not json:
        terminal.note(
            f"This sends {requests} tiny requests for answers, about {tokens} tokens in all; --offline sends none."
        )
    console, found = terminal.console(), []
    for check, finding in run_checks(checks, Context(base_url, key, model)):
        found.append((check, finding))
        if not json:
            show.show(console, check, finding)
    failed = any(finding.status == "fail" for _, finding in found)
    if json:
        lines = [
            {"check": check.name, "status": finding.status, "detail": finding.detail, "cure": finding.cure}
            for check, finding in found
        ]
        terminal.print_json({"ok": not failed, "base_url": base_url, "checks": lines})
    else:
        show.show_end([finding for _, finding in found])
    if failed:
        raise typer.Exit(ExitCode.FAILED)
