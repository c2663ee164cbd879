"""What people read: tables on a terminal, later pages and workbooks. Reads run folders and comparisons only."""
