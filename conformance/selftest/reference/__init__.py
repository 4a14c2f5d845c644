"""The reference pages, made of what they describe: rules, profile, command line, rooms."""
