"""A limit that many calls share, and the pause after a 429. Imported by a call only if a limit is set or a pause is on."""
