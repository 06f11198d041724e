"""Total variation: how busy a picture is."""

from __future__ import annotations

from torch import Tensor


def variation(picture: Tensor) -> float | None:
    """Return the mean absolute difference between neighbours, down plus across.

    A mean and not a sum, so that it stays the same when a picture is tiled.

    Args:
        picture: ``(3, H, W)`` in [0, 1].

    Returns:
        0 … 2; None under 2 px.

    Source:
        Rudin, Osher, Fatemi (1992), "Nonlinear total variation based noise removal algorithms", in its
        anisotropic form.
    """
    if min(picture.shape[-2:]) < 2:
        return None
    image = picture.float()
    down = (image[:, 1:, :] - image[:, :-1, :]).abs().mean()
    across = (image[:, :, 1:] - image[:, :, :-1]).abs().mean()
    return float(down + across)
