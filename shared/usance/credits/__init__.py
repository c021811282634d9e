"""What customers were given beforehand: grants of quantity and credits, how they burn down, and the wallet."""
