"""Virtuelles Amt: a town-hall errand by video, self-hosted by the town."""

__version__ = "0.1.0"
