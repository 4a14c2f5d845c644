"""The server suite: one file a section of the contract, each check names the rule that it judges."""
