// Putting designs in order with a mouse, a pen or a finger, by the grip of each.

const EDGE_PX = 70;
const STEP_PX = 14;

/** Let the designs in a box be dragged; ``move(design, place)`` is told where one was put. */
export function letDrag(box, move) {
  box.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".entry-grip");
    if (!grip || event.button !== 0) return;
    const item = grip.closest(".entry");
    const start = { x: event.clientX, y: event.clientY };
    let isMoving = false;
    let last = event;
    let frame = 0;
    // the box, not the grip: what is put elsewhere in the page loses its pointer
    box.setPointerCapture(event.pointerId);

    function follow() {
      frame = 0;
      const other = [...box.children].find((one) => one !== item && holds(one.getBoundingClientRect(), last));
      if (other) box.insertBefore(item, comesBefore(item, other) ? other.nextSibling : other);
      const step = last.clientY < EDGE_PX ? -STEP_PX : last.clientY > innerHeight - EDGE_PX ? STEP_PX : 0;
      if (step) {
        scrollBy(0, step);
        frame = requestAnimationFrame(follow);
      }
    }

    function onMove(moved) {
      last = moved;
      if (!isMoving && Math.hypot(moved.clientX - start.x, moved.clientY - start.y) < 5) return;
      isMoving = true;
      box.classList.add("is-dragging");
      item.classList.add("is-dragged");
      frame ||= requestAnimationFrame(follow);
    }

    function onEnd({ type }) {
      cancelAnimationFrame(frame);
      box.removeEventListener("pointermove", onMove);
      for (const name of ["pointerup", "pointercancel"]) box.removeEventListener(name, onEnd);
      box.classList.remove("is-dragging");
      item.classList.remove("is-dragged");
      const place = [...box.children].indexOf(item);
      if (isMoving && type === "pointerup") move(item.dataset.design, place);
      window.dispatchEvent(new Event("toile:outbox"));
    }

    box.addEventListener("pointermove", onMove);
    for (const name of ["pointerup", "pointercancel"]) box.addEventListener(name, onEnd);
  });
}

function holds(edges, { clientX, clientY }) {
  return clientX > edges.left && clientX < edges.right && clientY > edges.top && clientY < edges.bottom;
}

function comesBefore(one, other) {
  return Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
}
