"""A local Hatz gateway for demos and for tests: strict, scriptable, offline.

with Sandbox() as sandbox:
    sandbox.reply("Hello from the sandbox")
    ...ask sandbox.base_url with sandbox.api_key...
    sandbox.last_request.body
"""

from hatz_sandbox.neutral import Answer, Call, Usage
from hatz_sandbox.record import SandboxRequest
from hatz_sandbox.server import DEFAULT_KEY, Sandbox
from hatz_sandbox.write.responses import QUIRKS

__all__ = ["DEFAULT_KEY", "QUIRKS", "Answer", "Call", "Sandbox", "SandboxRequest", "Usage"]
