"""Whole runs over a line that is sometimes bad (minutes; tox -e bad-day)."""
