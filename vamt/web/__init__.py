"""HTTP: pages and the JSON API. Thin handlers: parse, call one service, answer."""
