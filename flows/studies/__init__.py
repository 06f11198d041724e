"""A finished design looked into: painted again, its losses, its edges."""
