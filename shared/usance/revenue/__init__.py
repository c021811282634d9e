"""Revenue schedules: when the lines of issued documents become revenue, and what has been recognised of them."""
