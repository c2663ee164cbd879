"""The bundled suites, as data: one folder a suite, each with suite.yaml and items.jsonl."""
