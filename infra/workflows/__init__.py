"""The three state machines, in JSONata. They choose on what a function returned, never on the name of an exception."""
