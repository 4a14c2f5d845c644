"""What is kept of a run, what is said of a violation, and what is kept secret."""
