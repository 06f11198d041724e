"""The photo studio of the demo catalog: lines and fields in mm, cloth that folds, lamps, tables, a camera."""
