"""Documentation: its programs run, its tables and links are true. A package, because its tests share the programs."""
