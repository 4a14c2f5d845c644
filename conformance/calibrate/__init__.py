"""The suite under test: every fault against every rule, the honest Synq, and targets that only pretend."""
