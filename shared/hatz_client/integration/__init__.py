"""Code that all framework integrations share: settings, requests, tools, structured output. The client does not import it."""
