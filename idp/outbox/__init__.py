"""Messages to people, written with the change they tell of and delivered later by a worker."""
