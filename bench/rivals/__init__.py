"""Other queues, set up as their own manuals advise for speed, one task for each item."""
