"""The settings that both integrations share, and the arguments of one call: declared, checked, and sorted by use."""
