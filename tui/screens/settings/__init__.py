"""Settings: stores, apps, operators, audit, global settings, schedules, keys."""
