"""The formats of a report: a file is a format, with a FILENAME and a render."""
