"""One design looked at closely: how it stands in its batch, what it is made of, what else there is of it."""
