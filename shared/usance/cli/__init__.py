"""The command line: scenarios, explanations, usage import, the demo."""
