"""The judge mutated: each small change to the model, the verdict or the reading of tokens must turn a test red."""
