"""What was done with whose data, by whom and why, in logs where nothing can be changed or lost unseen."""
