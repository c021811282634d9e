"""Usage: what one event is, how it is checked, folded and measured. Pure; nothing here knows where events are kept."""
