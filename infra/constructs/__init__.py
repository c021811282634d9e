"""The parts of the stack: one construct per function folder, under the same name, and what they share."""
