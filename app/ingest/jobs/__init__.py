"""Import jobs: queue, worker, progress and findings."""
