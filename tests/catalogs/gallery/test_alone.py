from __future__ import annotations

import subprocess
import sys

ASKED = """
import sys
from catalogs.gallery.alone import be_lean, give_memory_back
be_lean()
import pyarrow as pa
assert pa.array([1, None, 3]).to_numpy(zero_copy_only=False)[2] == 3
assert pa.default_memory_pool().backend_name == "system"
assert "pandas" not in sys.modules
give_memory_back()
import pandas
assert pandas.Series([1, 2]).sum() == 3
"""


def test_a_process_of_the_gallery_alone_does_without_pandas_and_whoever_wants_it_gets_it():
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
