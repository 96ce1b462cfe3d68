"""What builds and releases the course: imported by `nnlab.cli` and by nothing else."""
