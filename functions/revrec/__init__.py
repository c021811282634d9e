"""Revenue: the steps of the schedule_revenue workflow."""
