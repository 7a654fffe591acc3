"""`hatz workflows`: list and run workflows, and show their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import ExitCode, fail, report_errors
from hatz_cli.input import app_inputs, find_app
from hatz_cli.output import job_progress, terminal
from hatz_client import HatzNotFoundError

if TYPE_CHECKING:
    from hatz_client import Job

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, invoke_without_command=True
)

_Watch = Annotated[bool, typer.Option("--watch", "-w", help="Wait for the job, show its steps, and print the result.")]
_Deadline = Annotated[
    float | None, typer.Option(min=0.1, help="With --watch: the maximum number of seconds to wait. The job continues.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
@report_errors
def workflows(context: typer.Context, json: _Json = False) -> None:
    """List the Hatz workflows your key may use, run one, or show a job.

    A star marks the inputs that are required.

    \b
    Examples:
      hatz workflows
      hatz workflows run "Onboard a user" -i full_name="Ada Lovelace" --watch
      hatz workflows job 6f1f2a0e-... --watch
    """
    if context.invoked_subcommand is not None:
        return
    found = list(gateway.connect().list_workflows())
    if json:
        terminal.print_json([{**find_app.as_json(one), "steps": [step.name for step in one.steps]} for one in found])
        return
    if not found:
        terminal.note("Your key has no workflows. Workflows are made in the Hatz workspace.")
    rows = [(one.id, one.name, app_inputs.describe(one), str(len(one.steps)), one.description or "") for one in found]
    columns = ("id", "name", "inputs", "steps", "description")
    terminal.print_table(columns, rows, spare=("description", "steps", "inputs"))


@app.command()
@report_errors
def run(
    name: Annotated[str, typer.Argument(metavar="workflow", help="A workflow of `hatz workflows`, by its id or name.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="name=value; @FILE reads a file, - reads stdin; may be repeated."),
    ] = None,
    watch: _Watch = False,
    deadline: _Deadline = None,
    json: _Json = False,
) -> None:
    """Start a workflow and print the id of its job; with --watch, wait for the job and print the output of its last step.

    The job runs at Hatz, whether you wait or not; it is never started twice. Ctrl-C stops only the waiting.

    \b
    Examples:
      hatz workflows run "Onboard a user" -i full_name="Ada Lovelace" --watch
      hatz workflows run "Onboard a user" -i full_name=@name.txt --json
    """
    client = gateway.connect()
    chosen = find_app.find_app(client.list_workflows(), name, "workflow")
    job = client.run_workflow(chosen, app_inputs.gather(chosen, inputs or ()))
    _finish(job, watch=watch, deadline=deadline, json=json)


@app.command()
@report_errors
def job(
    job_id: Annotated[str, typer.Argument(metavar="job", help="The id that `hatz workflows run` printed.")],
    watch: _Watch = False,
    deadline: _Deadline = None,
    json: _Json = False,
) -> None:
    """Show the progress of a job; with --watch, wait for it and print the output of its last step.

    \b
    Examples:
      hatz workflows job 6f1f2a0e-...
      hatz workflows job 6f1f2a0e-... --watch
    """
    try:
        found = gateway.connect().get_job(job_id)
    except HatzNotFoundError:
        raise fail(
            f"there is no job {job_id!r} that your key may see",
            ExitCode.FAILED,
            "Give the id that `hatz workflows run` printed, and use the same key.",
        ) from None
    if not watch and not json:
        print(found.state.progress)
        return
    _finish(found, watch=watch, deadline=deadline, json=json)


def _finish(job: Job, *, watch: bool, deadline: float | None, json: bool) -> None:
    if not watch:
        if json:
            terminal.print_json(job_progress.as_json(job.state))
        else:
            print(job.id)
        return
    state = job_progress.watch(job, deadline)
    if json:
        terminal.print_json(job_progress.as_json(state))
    else:
        print(state.text)
