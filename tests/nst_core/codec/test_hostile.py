"""Every file of the hostile collection is decoded or refused, within 10 s of CPU and 2 GB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nst_core.codec import decode
from nst_core.errors import ImageRefused

# (height, width) of the picture, or the code of the refusal.
EXPECTED: dict[str, tuple[int, int] | str] = {
    "12000x8000.jpg": (2731, 4096),
    "12000x8000_gray.png": (2731, 4096),
    "1x1.jpg": "too_small",
    "1x2000.png": "too_small",
    "alpha.avif": (64, 64),
    "animated.apng": "animated",
    "animated.webp": "animated",
    "bad_iccp.png": "corrupt",
    "badcrc.png": "corrupt",
    "bomb_17000x17000.avif": "too_many_pixels",
    "bomb_40000x40000.png": "too_many_pixels",
    "bomb_dims.gif": "too_many_pixels",
    "broken_data_stream.png": "corrupt",
    "cmyk.jpg": (100, 100),
    "cmyk_strip.tif": (100, 100),
    "exif_rot6.jpg": (128, 128),
    "exif_rot6_308.jpg": (308, 231),
    "exif_rot8.webp": (128, 128),
    "fuzz_crash.tif": "truncated",
    "gray16.png": (32, 32),
    "gray16_noise.tif": (32, 32),
    "gray_alpha.png": (128, 128),
    "gray_alpha16.png": (32, 32),
    "html_named.jpg": "not_an_image",
    "icc_adobe1998.jpg": (400, 600),
    "icc_adobe_rgb.jpg": (442, 290),
    "icc_big_multi_app2.jpg": (250, 425),
    "icc_xyb.jpg": (442, 290),
    "invalid_exif.jpg": (200, 200),
    "invisible.ico": "unsupported_format",
    "lab.tif": (128, 128),
    "looks_like_svg.webp": (256, 256),
    "mpo_two_frames.jpg": (480, 640),
    "p3_12mp.avif": (4032, 3024),
    "palette_trns.png": (150, 162),
    "palette_trns2.png": (32, 32),
    "photo.heif": "unsupported_format",
    "rgb16.png": (32, 32),
    "rgba16.png": (32, 32),
    "tall.webp": "animated",
    "text_named.png": "not_an_image",
    "truncated.jpg": "truncated",
    "truncated2_a98.jpg": "truncated",
    "truncated_app14.jpg": (100, 100),
    "unknown_compression.png": (57, 57),
    "zero_byte.jpg": "empty_file",
    "zero_byte.png": "empty_file",
}
WITH_ALPHA = {
    "alpha.avif",
    "gray_alpha.png",
    "gray_alpha16.png",
    "looks_like_svg.webp",
    "palette_trns.png",
    "palette_trns2.png",
    "rgba16.png",
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_hostile_file_is_decoded_or_refused(data_dir, name):
    data = (data_dir / "hostile" / name).read_bytes()
    expected = EXPECTED[name]
    if isinstance(expected, str):
        with pytest.raises(ImageRefused) as caught:
            decode(data, name=name)
        assert caught.value.code == expected
        assert str(caught.value).startswith(f"{name}: ")
    else:
        picture = decode(data, name=name)
        assert picture.rgb.shape == (*expected, 3)
        assert (picture.alpha is not None) == (name in WITH_ALPHA)
        assert picture.resized == (max(expected) == 4096)


def test_no_hostile_file_is_left_out(data_dir):
    found = {path.name for path in (data_dir / "hostile").iterdir()} - {"SOURCES.tsv"}
    assert found == set(EXPECTED)


# Each file gets 10 s of CPU; a file that takes more ends the process by SIGPROF.
DECODE_ALL = """
import resource, signal, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))
from nst_core.codec import decode
from nst_core.errors import ImageRefused
for path in map(Path, sys.argv[1:]):
    signal.setitimer(signal.ITIMER_PROF, 10)
    try:
        picture = decode(path.read_bytes(), name=path.name)
        print(path.name, *picture.rgb.shape[:2])
    except ImageRefused as refusal:
        print(path.name, refusal.code)
"""


def test_all_hostile_files_pass_in_two_gigabytes_and_ten_seconds_each(data_dir):
    files = [str(data_dir / "hostile" / name) for name in EXPECTED]
    finished = subprocess.run(
        [sys.executable, "-c", DECODE_ALL, *files],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    wanted = [
        f"{name} {value if isinstance(value, str) else ' '.join(map(str, value))}"
        for name, value in EXPECTED.items()
    ]
    assert finished.stdout.splitlines() == wanted
    assert "Warning" not in finished.stderr
