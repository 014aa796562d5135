"""When things run: the queue, the worker's upkeep, schedules."""
