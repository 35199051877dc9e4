"""Files from strangers: looked at, made anew and shown by processes that may do no harm."""
