"""How the gateway is reached: settings, API key, route, connection pools, transport and retries."""
