"""What helps against each code of a row that is not ok: the one table of causes and remedies."""

from __future__ import annotations


def remedy(code: str) -> str:
    """Return what helps against failures or skips of this code; a sentence, plain text."""
    return _REMEDIES.get(code, _RETRY)


_RETRY = "Read the reason; when it is gone, retry the batch: only what failed is painted again."
_HELPS = {
    "Export the image again as PNG or JPEG, upload it under the same name and run the batch again.": (
        "truncated not_an_image unsupported_format corrupt image_refused empty_file animated multi_page "
        "too_many_scans transparent"
    ),
    "Upload a picture of a size that can be painted, and run the batch again.": (
        "too_many_pixels too_many_bytes too_small too_elongated"
    ),
    "The masks and maps beside a photo have its shape and the colours that the batch names: draw them again "
    "over the photo, or correct `region_styles`.": "protect_other_shape region_missing mask_coloured "
    "mask_empty",
    "Upload the file, or correct its name in the catalog, then run the batch again.": (
        "missing_image image_missing not_found"
    ),
    "Give the run's credentials the right to read the image, then retry.": "image_denied storage_denied",
    "Write the licence into the catalog, then run the batch again.": "unknown_licence rights_unlicensed",
    "The licence does not allow what the batch does with its designs: take another image, or a permission of "
    "your own (`proprietary:<contract>`); the batch's `rights` say what it does.": (
        "rights_noncommercial rights_no_derivatives rights_attribution rights_share_alike rights_territory"
    ),
    "Two licences want the design offered in ways that exclude each other: pair these images with others.": (
        "rights_share_alike_conflict"
    ),
    "Renew the contract and write its new last day into `licence_expires`, then run the batch again.": (
        "rights_expired"
    ),
    "Correct the row (`toile catalog check` lists every such row), then run the batch again.": (
        "unsafe_id id_missing duplicate_id unsafe_path title_missing bad_width bad_expiry bad_territory "
        "text_too_long"
    ),
    "The file was replaced after planning: run the batch again, which plans anew.": "changed_since_planned",
    "Paint at a smaller size, or on a machine with more memory, then retry.": "out_of_memory",
    "Another seed or fewer steps usually help; the recipe is too strong for this pair.": "nonfinite",
    "Nothing to do: nothing good can be made of this textile so. The reason names makers that may suit it.": (
        "cloth_unsuitable no_two_classes ground_of_many_colours plain no_two_windows no_brushwork no_ground "
        "motifs_touch motifs_large composition repeats_itself runs_on"
    ),
    "The recipe asks for what its network cannot do: correct the recipe, and run the batch again.": (
        "backbone_unknown layer_unknown loss_unknown repeat_unknown whole_needed"
    ),
    "This is a fault in Toile: the run's log has the traceback. Retry once; if it stays, send the design's "
    "id and the log.": "unexpected_error engine_error",
    "`toile weights check` says what is wrong, `toile weights pull` mends it.": (
        "weights_missing weights_corrupt"
    ),
    "`toile train` trains the network that the reason names for the style; then run the batch again. Without "
    "one, paint the style with a recipe that optimises.": "network_untrained",
    "A network of its kind knows one style: paint designs of several with a recipe that optimises, or with "
    "one whose network takes several; the reason names the kinds.": "network_one_style",
    "The network's files are damaged, or were learnt from another picture: run the batch again if a training "
    "was just at work, else train it again with `toile train`.": "network_refused",
    "The logs of the run, the worker and the machine say how the process ended: memory that was not there, a "
    "damaged file, a driver. When it is mended, `toile retry BATCH --quarantined` tries these again.": (
        "process_died"
    ),
    "The bucket did not answer; retry when it does.": "storage_unavailable",
    "Free some space or raise the quota, then retry.": "storage_full",
    "The run ended before these designs: retry, and only they are painted.": "missing stopped",
    "The run's budget was spent: run it again, or raise budget_minutes or budget_designs.": "budget",
    "Nothing to do: the same bytes are painted once, under the design that is named.": "duplicate",
    "Nothing to do: a preview whose scores fail is not shown, and `fall_back` of the batch says what paints "
    "the pair instead. Where too many fail, look at the preview's recipe, then at `passes`.": (
        "scores_failed"
    ),
    "Raise max_designs in the batch to have these too.": "max_designs",
}
_REMEDIES = {code: words for words, codes in _HELPS.items() for code in codes.split()}
