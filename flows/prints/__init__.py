"""From a finished design to the mill: proof sheets, separations, print files."""
