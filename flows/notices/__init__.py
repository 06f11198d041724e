"""Who is told of a night that went wrong, and what is done about it without anybody: once each."""
