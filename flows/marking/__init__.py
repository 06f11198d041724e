"""What a finished file says of itself: provenance, credentials, terms."""
