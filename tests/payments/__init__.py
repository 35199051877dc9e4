"""Payment providers, against a stand-in that does not always behave."""
