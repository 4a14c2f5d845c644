"""The suite under test: every fault against every rule, the reference server, and degenerate targets."""
