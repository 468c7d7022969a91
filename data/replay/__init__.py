"""A recorded day as a feed, with doors to the past that never show what comes later."""
