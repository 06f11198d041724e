"""Requests: what people ask for of designs, as objects in the bucket, and what becomes of it."""

from catalogs.requests.asking import ask, new_request_id, read_request
from catalogs.requests.inbox import open_requests, read_requests, state_of
from catalogs.requests.states import Asked, State, StateName

__all__ = [
    "Asked",
    "State",
    "StateName",
    "ask",
    "new_request_id",
    "open_requests",
    "read_request",
    "read_requests",
    "state_of",
]
