"""What tax is due: rules, the table of rates that they come from, and customers who bear none."""
