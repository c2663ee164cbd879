"""Statistics of paired evaluations: pure functions on numbers, knowing nothing of runs or suites."""
