"""What is right: the rules, the oracle, and what a check says of itself."""
