"""The connection to the gateway: settings, API key, route, connection pools, HTTP requests, limits and retries."""
