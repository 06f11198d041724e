"""What keeps a bucket in order: why designs are missing, what is broken, what nobody needs any more."""
