"""One service for many tenants: one model object, and the key of the tenant whose request is being answered.

The key is a function, called before each request. It reads a context variable, which every asyncio task and every
request of FastAPI or Django has of its own, so no tenant's request is ever sent with another tenant's key.
"""

import asyncio
import os
from contextvars import ContextVar

from langchain_hatz import ChatHatz, HatzAuthenticationError, HatzError

# In a service: from a secret store. Never from the request itself.
KEYS = {"acme": os.environ.get("HATZ_API_KEY", ""), "globex": os.environ.get("GLOBEX_KEY", "not-a-key")}
tenant: ContextVar[str] = ContextVar("tenant")


def tenants_key() -> str:
    """Find the key of the tenant of this task; without a tenant it is a LookupError, and nothing is sent."""
    return KEYS[tenant.get()]


model = ChatHatz(os.environ.get("HATZ_MODEL", "gpt-5.2"), api_key=tenants_key)


async def answer(name: str, question: str) -> str:
    """Answer one request of a tenant, as a web framework's handler would."""
    tenant.set(name)  # for this task alone
    try:
        return (await model.ainvoke(question)).text
    except HatzAuthenticationError:
        return "The key of this tenant is not valid."
    except HatzError as error:
        return f"No answer: {error}"


async def main() -> None:
    """Answer the requests of two tenants at the same time."""
    requests = [("acme", 'Say "Good morning, Acme."'), ("globex", 'Say "Good morning, Globex."')]
    answers = await asyncio.gather(*(answer(name, question) for name, question in requests))
    for (name, _), text in zip(requests, answers, strict=True):
        print(f"{name}: {text}")


asyncio.run(main())
