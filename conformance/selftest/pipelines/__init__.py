"""The ready-made pieces for pipelines, validated and run; each sets up an environment, which takes minutes."""
