"""Requests taken up: what people ask for of a design becomes a batch of its own, through the same planner."""
