"""What both integrations do alike, once: everything between a framework and the client that names no framework."""
