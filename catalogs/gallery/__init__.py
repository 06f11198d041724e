"""The gallery: published designs in a browser; a leaf that reads manifests and writes what people choose."""
