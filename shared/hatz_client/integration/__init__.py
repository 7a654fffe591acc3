"""What every framework's integration needs: settings, requests, tools and structured output, without a framework."""
