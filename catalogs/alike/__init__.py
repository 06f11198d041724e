"""Designs that are alike, by look or by palette."""
