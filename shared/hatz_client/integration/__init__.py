"""What the integration of every framework needs: settings, requests, tools, structured output. It may import all of the client; the client imports nothing of it."""
