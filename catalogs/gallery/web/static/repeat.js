// A tile three by three, as its repeat says: the same rule by which yardage is laid for printing.

const TIMES = 3;
const MOST_SIDE = 1024;

/**
 * @param canvas: becomes three times as wide and high as the tile.
 * @param tile: a picture that has arrived.
 * @param repeat: straight, half-drop (each column half a tile lower than the one to its left), half-brick (each
 *     row half a tile to the right of the one above), or mirror, whose tile holds its reflections.
 */
export function drawRepeat(canvas, tile, repeat) {
  const scale = Math.min(1, MOST_SIDE / Math.max(tile.naturalWidth, tile.naturalHeight));
  const width = Math.max(1, Math.round(tile.naturalWidth * scale));
  const height = Math.max(1, Math.round(tile.naturalHeight * scale));
  canvas.width = TIMES * width;
  canvas.height = TIMES * height;
  const brush = canvas.getContext("2d");
  for (let row = -1; row < TIMES; row += 1) {
    for (let column = -1; column < TIMES; column += 1) {
      const lower = repeat === "half-drop" ? (column * Math.floor(height / 2)) % height : 0;
      const further = repeat === "half-brick" ? (row * Math.floor(width / 2)) % width : 0;
      brush.drawImage(tile, column * width + further, row * height + lower, width, height);
    }
  }
}
