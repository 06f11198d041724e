"""The gallery's pages: FastAPI routes, a module each, on one house."""
