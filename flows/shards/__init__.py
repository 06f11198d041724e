"""One shard from plan to part: under a lease, prepared, painted, finished, written down."""
