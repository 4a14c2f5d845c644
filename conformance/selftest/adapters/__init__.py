"""The client suite under test: every fixture adapter, and the verdict that it has to get."""
