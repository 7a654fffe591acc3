"""Hatz's own endpoints besides chat: apps, workflows and files."""
