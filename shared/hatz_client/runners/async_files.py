"""`AsyncFiles`: uploads, and the files at Hatz. `Files` is generated from this file (`make client`)."""

from __future__ import annotations

from hatz_client.connection import async_io as io
from hatz_client.content import Prompt
from hatz_client.operations import uploads
from hatz_client.operations.operation import Options, call_options
from hatz_client.operations.uploads import Scope, Uploadable
from hatz_client.resources.files import FileInfo, file_of
from hatz_client.runners.async_runner import AsyncRunner


class AsyncFiles:
    """The files of the key's user at Hatz."""

    def __init__(self, runner: AsyncRunner) -> None:
        self._runner = runner

    async def upload(
        self,
        file: Uploadable,
        filename: str | None,
        media_type: str | None,
        scope: Scope,
        options: Options,
        patience: float = uploads.PROCESSING_SECONDS,
    ) -> str:
        """Upload a file and wait until Hatz has processed it; returns its id."""
        settings = self._runner.settings
        content = await io.run_blocking(uploads.read_file, file, filename, media_type)
        stored = await self._runner.call(uploads.upload(settings, content, scope, options), file_of)
        delays = uploads.poll_delays(stored, patience)
        while not uploads.is_ready(stored):
            await io.sleep(min(next(delays), max(options.deadline.seconds_left, 0)))
            stored = await self.status(stored.id, options)
        return stored.id

    async def status(self, file_id: str, options: Options) -> FileInfo:
        """The file with the state of its processing."""
        operation = uploads.check_status(self._runner.settings, file_id, options)
        return await self._runner.call(operation, lambda body: file_of(body, file_id))

    async def with_uploads(self, prompt: Prompt) -> Prompt:
        """The prompt with the ids of its images and documents, each uploaded once."""
        ids = {}
        settings = self._runner.settings
        for digest, file in uploads.inline_files(prompt).items():
            key = uploads.upload_key(settings, await io.resolve_key(settings), digest)
            if (file_id := uploads.UPLOADED.get(key)) is None:
                options = call_options(settings)
                file_id = await self.upload(file.content, file.name, file.media_type, ("chat", None), options)
                uploads.UPLOADED[key] = file_id
            ids[digest] = file_id
        return uploads.replace_with_ids(prompt, ids) if ids else prompt
