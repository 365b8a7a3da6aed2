"""The gateway: one search, asked of every force that holds something, answered as people and things."""
