"""Answers written as JSON bodies and as streams, one room per wire."""
