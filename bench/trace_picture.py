"""A trace as a picture: a track a thread, a colour a stage, and the numbers that a trace is looked at for.

    python -m bench.trace_picture TRACE.json PICTURE.png [SECONDS]

draws the first so many seconds (all, unless said), and prints how busy painting was while a design was ready.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from flows.observability.trace import read_trace
from flows.observability.tracks import busy_while_ready, gaps

WIDTH_PX, TRACK_PX, LABEL_PX, HEAD_PX = 1500, 22, 190, 54
# From the outside in: what is drawn later lies above.
COLOURS = {
    "wait for a design": "#eeeeee",
    "wait for the device": "#dddddd",
    "wait for room": "#f2c4c4",
    "prepare": "#9ec5e8",
    "finish": "#c8e0b4",
    "paint": "#d1495b",
    "read": "#2e6da4",
    "pack": "#76a650",
    "upload": "#3c6e2f",
}


def main(trace: str, picture: str, seconds: str = "") -> None:
    events = read_trace(Path(trace))
    spans = [one for one in events if one["ph"] == "X" and one["name"] in COLOURS]
    threads = {one["tid"]: one["args"]["name"] for one in events if one["name"] == "thread_name"}
    first = min(one["ts"] for one in spans)
    last = max(one["ts"] + one["dur"] for one in spans)
    if seconds:
        last = min(last, first + 1e6 * float(seconds))
    order = {"paint": 0, "prepare": 1}
    rank = {
        tid: min(order.get(one["name"], 2) for one in spans if one["tid"] == tid)
        for tid in {one["tid"] for one in spans}
    }
    tracks = sorted(rank, key=lambda tid: (rank[tid], tid))
    image = Image.new("RGB", (WIDTH_PX, HEAD_PX + TRACK_PX * len(tracks) + 8), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    scale = (WIDTH_PX - LABEL_PX - 8) / (last - first)
    for name in COLOURS:
        for one in spans:
            if one["name"] == name and one["ts"] < last:
                top = HEAD_PX + TRACK_PX * tracks.index(one["tid"])
                begin = LABEL_PX + (one["ts"] - first) * scale
                end = LABEL_PX + (min(one["ts"] + one["dur"], last) - first) * scale
                inset = 6 if name in ("read", "pack", "upload") else 2
                box = (begin, top + inset, max(begin + 1, end), top + TRACK_PX - inset)
                draw.rectangle(box, fill=COLOURS[name])
    for row, tid in enumerate(tracks):
        draw.text((6, HEAD_PX + TRACK_PX * row + 4), threads[tid][:28], "black", font)
    pauses = gaps(events)
    told = (
        f"{(last - first) / 1e6:.1f} s shown; painting busy {busy_while_ready(events):.1%} of the time "
        f"with a design ready; longest gap {max(pauses, default=0.0):.3f} s, {len(pauses) + 1} paintings"
    )
    draw.text((6, 6), told, "black", font)
    left = 6
    for name, colour in COLOURS.items():
        draw.rectangle((left, 30, left + 12, 42), fill=colour, outline="#999999")
        draw.text((left + 16, 29), name, "black", font)
        left += 30 + int(font.getlength(name))
    image.save(picture, optimize=True)
    print(told)


if __name__ == "__main__":
    main(*sys.argv[1:])
