"""`Apps`: finding and running apps and workflows.

Generated from `async_apps.py` by `make client`: edit that file.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeVar

from hatz_client.connection import sync_io as io
from hatz_client.errors import HatzInvalidInputError, HatzServerError
from hatz_client.events import Event
from hatz_client.operations import apps, jobs
from hatz_client.operations.app_inputs import check_inputs
from hatz_client.operations.generate import Generation
from hatz_client.operations.operation import CallOptions, Options, call_options
from hatz_client.operations.uploads import Scope
from hatz_client.resources.apps import App, Workflow, app_of
from hatz_client.resources.jobs import job_of
from hatz_client.runners.files import Files
from hatz_client.runners.job import Job
from hatz_client.runners.runner import Runner
from hatz_client.util.ids import check_id

A = TypeVar("A", bound=App)


class Apps:
    """The apps and workflows of the key's user."""

    def __init__(self, runner: Runner, files: Files) -> None:
        self._runner = runner
        self._files = files

    def pages(self, name: str | None, page_size: int, options: Options) -> Generator[App, None, None]:
        """The apps and workflows, page by page.

        A page that is not full is the last one, and so is one without new entries, as from a gateway that ignores `offset`.
        """
        seen: set[str] = set()
        offset = 0
        while True:
            operation = apps.list_apps(self._runner.settings, options, name, page_size, offset)
            size, page = self._runner.call(operation, apps.read_page)
            new = [app for app in page if app.id not in seen]
            yield from new
            if size < page_size or not new:
                return
            seen.update(app.id for app in new)
            offset += size

    def list(self, kind: type[A], name: str | None, page_size: int, options: CallOptions) -> Generator[A, None, None]:
        """The apps, or the workflows."""
        given = call_options(self._runner.settings, **options)
        with closing(io.closable(self.pages(name, page_size, given))) as found:
            for app in found:
                if type(app) is kind:
                    yield app

    def get(self, app_id: str, options: Options) -> App:
        """The app or workflow with this id. For some workflows the path answers 500; they are looked up in the list."""
        operation = apps.get_app(self._runner.settings, app_id, options)
        try:
            return self._runner.call(operation, app_of)
        except HatzServerError as error:
            if error.status_code != 500 or (found := self._find(app_id, options)) is None:
                raise
            return found

    def query(
        self,
        app: App | str,
        inputs: Mapping[str, Any] | None,
        model: str | None,
        file_uuids: Sequence[str],
        options: Options,
        *,
        stream: bool = False,
    ) -> Generation:
        """The operation that asks the app, after its inputs are checked and its files uploaded."""
        if not isinstance(app, App) or app.inputs is None:
            app = self.get(app.id if isinstance(app, App) else app, options.without_id())
        if isinstance(app, Workflow):
            raise HatzInvalidInputError(f"{app.name!r} is a workflow: use run_workflow.")
        values = self._send_files(app, inputs, options)
        return apps.query_app(self._runner.settings, app, values, model, file_uuids, options, stream=stream)

    def stream(
        self,
        app: App | str,
        inputs: Mapping[str, Any] | None,
        model: str | None,
        file_uuids: Sequence[str],
        options: CallOptions,
    ) -> Generator[Event, None, None]:
        """The events of an app's answer."""
        given = call_options(self._runner.settings, **options)
        generation = self.query(app, inputs, model, file_uuids, given, stream=True)
        with closing(io.closable(self._runner.stream(lambda: generation))) as events:
            yield from events

    def start(self, workflow: Workflow | str, inputs: Mapping[str, Any] | None, options: Options) -> Job:
        """Start a workflow's job, once."""
        if isinstance(workflow, App):
            found: App = workflow
        else:
            named = check_id(workflow, "a workflow")
            found = self._find(named, options.without_id()) or Workflow(named, named)
        if not isinstance(found, Workflow):
            raise HatzInvalidInputError(f"{found.name!r} is an app: use run_app.")
        values = self._send_files(found, inputs, options)
        operation = jobs.run_workflow(self._runner.settings, found.id, values, options)
        return Job(self._runner, self._runner.call(operation, job_of))

    def job(self, job_id: str, options: Options) -> Job:
        """A job by its id."""
        operation = jobs.get_job(self._runner.settings, job_id, options)
        return Job(self._runner, self._runner.call(operation, lambda body: job_of(body, job_id)))

    def _find(self, app_id: str, options: Options) -> App | None:
        with closing(io.closable(self.pages(None, apps.MAX_PAGE, options))) as found:
            for app in found:
                if app.id == app_id:
                    return app
        return None

    def _send_files(self, app: App, inputs: Mapping[str, Any] | None, options: Options) -> dict[str, Any]:
        """The inputs to send. All are checked, and all files read, before the first upload."""
        checked = check_inputs(app, inputs)
        contents = io.run_blocking(checked.read_files)
        scope: Scope = ("workflow" if isinstance(app, Workflow) else "app", app.id)
        ids = {
            name: self._files.upload(file.content, file.name, file.media_type, scope, options.without_id())
            for name, file in contents.items()
        }
        return {**checked.values, **ids}
