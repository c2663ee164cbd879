"""The nightly run: models against their baselines, a second look at what seems worse, and what changed since the last good night."""
