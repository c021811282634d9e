"""What is measured: ratios in one run, against a yardstick or a peer."""
