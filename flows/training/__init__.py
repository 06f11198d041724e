"""Training as a product: photos and textiles in, weights with a card out, resumed after a death."""
