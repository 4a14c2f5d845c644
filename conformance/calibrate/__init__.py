"""The suite under test: every fault against every rule, reference servers, and degenerate targets."""
