"""Papers that leave the office: set by typst, sealed with the town's certificate, provable."""
