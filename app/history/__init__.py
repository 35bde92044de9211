"""As-of reads, differences between revisions, and the change feed."""
