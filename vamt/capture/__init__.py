"""The capture peer: a process of its own that looks at the identity document and forgets it."""
