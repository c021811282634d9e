"""What people write to say what is sold and how it is measured: event types, metrics, products, prices."""
