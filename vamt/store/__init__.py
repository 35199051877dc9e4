"""The SQL store behind `services.ports.Store`: SQLite embedded, the same queries elsewhere."""
