"""One HTTP exchange: the request, its headers, the response's body, time limits, and httpx's exceptions."""
