"""What a run tells while it is at work: events as log lines, spans as a trace, both as metrics."""
