"""Use cases over the domain; store, clock, ids and hub are handed in (see `ports`)."""
