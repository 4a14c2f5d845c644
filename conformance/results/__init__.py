"""What came of a run: the data of a report, and the one policy that makes a verdict of it."""
