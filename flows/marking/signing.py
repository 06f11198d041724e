"""Content credentials: a signed C2PA manifest inside a picture, so that what it says can be checked.

Source:
    C2PA Technical Specification 2.2, https://spec.c2pa.org; written by the Content Authenticity Initiative's
    own library, c2pa-python (extra ``c2pa``), which is loaded only where a storage file asks for signatures.
"""

from __future__ import annotations

import io
import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from configs.storage import SigningPart
from flows.errors import SigningFailed, SigningUnavailable
from flows.marking.provenance import LAID_ONLY, design_title, sources_of
from flows.shards.rows import PlanRow, RunFacts
from nst_core.codec import encode_png

# A picture carries its own thumbnail already, beside it; a second one inside doubles the file.
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}
# Of the files that are signed.
MEDIA_TYPES = {".tif": "image/tiff", ".tiff": "image/tiff", ".png": "image/png", ".pdf": "application/pdf"}


@dataclass(frozen=True)
class Signer:
    """Signs pictures with the house's key; may be used from any thread.

    The key is read for each picture and kept nowhere.

    Attributes:
        config: where certificate and key are.
    """

    config: SigningPart

    def check(self) -> None:
        """Sign a picture of one pixel, so that what is wrong is told before anything is painted.

        Raises:
            SigningUnavailable: the library is not installed, or a file cannot be read.
            SigningFailed: certificate and key are not what C2PA asks for.
        """
        made = {"action": "c2pa.created", "digitalSourceType": LAID_ONLY}
        assertions = [{"label": "c2pa.actions.v2", "data": {"actions": [made]}}]
        picture = encode_png(np.zeros((1, 1, 3), np.uint8))
        self._signed(picture, "image/png", {"assertions": assertions})

    def sign(
        self, data: bytes, row: PlanRow, facts: RunFacts, *, source_type: str, media_type: str = "image/png"
    ) -> bytes:
        """Return a design's picture with a signed manifest: what made it, how, and of which images.

        Args:
            data: PNG, WebP, TIFF, JPEG or PDF, with all its other metadata.
            row: of the design.
            facts: which program.
            source_type: IPTC digital source type.
            media_type: of ``data``.

        Raises:
            SigningUnavailable, SigningFailed: as ``check``.
        """
        return self._signed(data, media_type, _manifest(row, facts, source_type, media_type))[0]

    def sign_copy(
        self, data: bytes, row: PlanRow, *, media_type: str, design: bytes, actions: Sequence[str], tool: str
    ) -> bytes:
        """Return a file that was made from a design, with a signed manifest that names it.

        The design's own manifest, where it has one, is carried along.

        Args:
            data: TIFF, PNG or PDF, with all its other metadata.
            row: of the design.
            media_type: of ``data``.
            design: the PNG that it was made from.
            actions: of C2PA's vocabulary, what was done to it, in order.
            tool: name and version of this program.

        Raises:
            SigningUnavailable, SigningFailed: as ``check``.
        """
        return self._copy_signed(data, row, media_type, design, actions, tool)[0]

    def manifest_beside(
        self, data: bytes, row: PlanRow, *, media_type: str, design: bytes, actions: Sequence[str], tool: str
    ) -> bytes:
        """Return the signed manifest of a file that stays as it is: to lie beside it as ``NAME.c2pa``.

        For what a manifest inside would spoil, as a TIFF of many pages. Arguments and errors are those of
        ``sign_copy``.
        """
        return self._copy_signed(data, row, media_type, design, actions, tool, beside=True)[1]

    def _copy_signed(
        self,
        data: bytes,
        row: PlanRow,
        media_type: str,
        design: bytes,
        actions: Sequence[str],
        tool: str,
        *,
        beside: bool = False,
    ) -> tuple[bytes, bytes]:
        parent = {
            "title": design_title(row) or row["design_id"],
            "format": "image/png",
            "instance_id": f"toile:{row['design_id']}",
            "relationship": "parentOf",
        }
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [parent["instance_id"]]}}
        done = [opened, *({"action": action} for action in actions)]
        manifest = {
            "claim_generator_info": [_program(tool)],
            "title": parent["title"],
            "format": media_type,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": done}}],
        }
        return self._signed(data, media_type, manifest, parent=(parent, design), beside=beside)

    def _signed(
        self,
        data: bytes,
        media_type: str,
        manifest: Mapping[str, Any],
        parent: tuple[Mapping[str, str], bytes] | None = None,
        beside: bool = False,
    ) -> tuple[bytes, bytes]:
        """Return the file, with the manifest inside unless that is to lie ``beside`` it, and the manifest."""
        c2pa = _library()
        info = c2pa.C2paSignerInfo(
            alg=self.config.algorithm.encode(),
            sign_cert=_read(self.config.certificate, "certificate"),
            private_key=_read(self.config.private_key, "private_key"),
            ta_url=(self.config.timestamp_url or "").encode() or None,
        )
        signed = io.BytesIO()
        try:
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Context(c2pa.Settings.from_dict(_SETTINGS)) as context,
                c2pa.Builder(json.dumps(manifest), context=context) as builder,
            ):
                if parent is not None:
                    builder.add_ingredient(json.dumps(parent[0]), "image/png", io.BytesIO(parent[1]))
                if beside:
                    builder.set_no_embed()
                told = builder.sign(signer, media_type, io.BytesIO(data), signed)
        except c2pa.C2paError as error:
            raise SigningFailed(
                f"{self.config.certificate} and {self.config.private_key} cannot sign: {error}; C2PA wants a "
                f"certificate for digitalSignature with emailProtection or documentSigning, issued by an "
                f"authority whose certificate follows it in the file"
            ) from error
        return signed.getvalue(), bytes(told)


def _manifest(row: PlanRow, facts: RunFacts, source_type: str, media_type: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": source_type,
        "softwareAgent": _program(facts.tool),
    }
    sources = [
        {
            "title": words,
            "format": mimetypes.guess_type(key)[0] or "application/octet-stream",
            "instance_id": f"sha256:{sha256}",
            "relationship": "inputTo",
        }
        for words, key, sha256 in sources_of(row)
    ]
    if sources:
        made["parameters"] = {"ingredientIds": [source["instance_id"] for source in sources]}
    return {
        "claim_generator_info": [_program(facts.tool)],
        "title": design_title(row) or row["design_id"],
        "format": media_type,
        "instance_id": f"toile:{row['design_id']}",
        "ingredients": sources,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [made]}}],
    }


def _program(tool: str) -> dict[str, str]:
    name, _, version = tool.partition(" ")
    return {"name": name, "version": version or "0"}


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise SigningUnavailable(
            "the storage file asks for signatures, and c2pa-python is not installed; install 'toile[c2pa]', "
            "or take the block signing out of it"
        ) from error
    return c2pa


def _read(path: str, key: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise SigningUnavailable(f"signing.{key}: {path} cannot be read ({error.strerror})") from error
