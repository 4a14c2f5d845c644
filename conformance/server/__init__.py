"""The server suite: one file a section of the contract, each check beside the rule that it judges."""
