"""What runs inside: the fork server and its children. Standard library only; imports are relative, since the fork server
knows this folder under another name than the harness does."""
