"""The measurements: the same data, the same questions, ours beside the controls."""
