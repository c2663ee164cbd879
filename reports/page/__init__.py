"""The report as files: a page that opens from disk, Markdown, and tables for pandas. Reads run folders and comparisons only."""
