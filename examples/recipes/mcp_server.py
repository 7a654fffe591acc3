"""The MCP server of mcp_tools.py: two tools over stdin and stdout."""

from mcp.server.fastmcp import FastMCP

server = FastMCP("library", log_level="WARNING")


@server.tool()
def opening_hours(day: str) -> str:
    """Tell the opening hours of the library on a day of the week."""
    return {"Saturday": "From 10:00 to 14:00.", "Sunday": "Closed."}.get(day, "From 9:00 to 18:00.")


@server.tool()
def renew_loan(title: str) -> str:
    """Renew the loan of a book by four weeks."""
    return f"“{title}” is renewed by four weeks."


if __name__ == "__main__":
    server.run()
