"""What a picture says about itself can be signed, and a signature that cannot be given is told at once."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from catalogs.layout import design_key
from catalogs.storage.directory import DirectoryStorage
from configs.errors import ConfigError
from configs.loading import load_signing, load_storage
from configs.storage import SigningPart
from flows.equipment import Equipment
from flows.errors import SigningFailed, SigningUnavailable
from flows.marking.provenance import OPTIMISED, XMP_KEYWORD
from flows.marking.signing import Signer
from flows.shards.render_shard import render_shard
from nst_core.codec import decode, encode_png, read_png_text
from nst_core.press import SRGB, PressSheet, encode_press_pdf, encode_press_png, encode_press_tiff
from tests.flows.fake_engine import FakeEngine
from tests.flows.some_shards import FACTS, PACE, part_rows, planned_row, some_shard

PICTURE = encode_png(np.full((16, 16, 3), 90, np.uint8), text={XMP_KEYWORD: "<xmp/>"})


def certificate(subject: str, key: Any, issuer: str, issuer_key: Any, *, authority: bool) -> bytes:
    """Return a certificate for a day, as PEM."""

    def name(common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "House"),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    signs = x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage
    )
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(signs, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if not authority:
        built = built.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True
        )
    return built.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def write_identity(folder: Path) -> SigningPart:
    """Write a certificate with its authority's, and its key; nothing of it outlives the test."""
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = certificate("Signer", own, "Authority", authority, authority=False)
    chain += certificate("Authority", authority, "Authority", authority, authority=True)
    (folder / "house.pem").write_bytes(chain)
    (folder / "house.key").write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return SigningPart(certificate=str(folder / "house.pem"), private_key=str(folder / "house.key"))


@pytest.fixture
def identity(tmp_path: Path) -> SigningPart:
    pytest.importorskip("c2pa", reason="the extra c2pa is not installed")
    return write_identity(tmp_path)


def told_of(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    """Return what the library itself reads; certificates of nobody in particular are not trusted."""
    import c2pa

    with c2pa.Reader(media_type, io.BytesIO(data)) as reader:
        told = json.loads(reader.json())
    assert told["validation_state"] == "Valid"
    assert {one["code"] for one in told["validation_status"]} == {"signingCredential.untrusted"}
    return told


def manifest_of(data: bytes) -> dict[str, Any]:
    """Return what is signed of a design."""
    told = told_of(data)
    return told["manifests"][told["active_manifest"]]


def test_a_signed_picture_names_its_sources_and_how_it_was_made(identity):
    motif = {"style_id": "leaf", "key": "style/leaf.png", "sha256": "5" * 64, "region": "motif", "share": 0.0}
    row = planned_row("tee", "ikat") | {"further_styles": [motif]}
    signed = Signer(identity).sign(PICTURE, row, FACTS, source_type=OPTIMISED)
    manifest = manifest_of(signed)
    assert manifest["title"] == "Tee × Ikat"
    assert manifest["signature_info"]["common_name"] == "Signer"
    [actions] = [one for one in manifest["assertions"] if one["label"].startswith("c2pa.actions")]
    [made] = actions["data"]["actions"]
    assert (made["action"], made["digitalSourceType"]) == ("c2pa.created", OPTIMISED)
    assert {one["instance_id"] for one in manifest["ingredients"]} == {
        f"sha256:{sha256}" for sha256 in (row["content_sha256"], row["style_sha256"], "5" * 64)
    }
    # pixels and words are those of the picture that was signed
    assert (decode(signed, name="signed").rgb == decode(PICTURE, name="plain").rgb).all()
    assert read_png_text(signed) == read_png_text(PICTURE)


@pytest.mark.parametrize(
    ("encode", "media_type"),
    [
        (encode_press_tiff, "image/tiff"),
        (encode_press_png, "image/png"),
        (encode_press_pdf, "application/pdf"),
    ],
)
def test_a_print_names_the_design_that_it_was_made_from(identity, encode, media_type):
    row = planned_row("tee", "ikat")
    design = Signer(identity).sign(PICTURE, row, FACTS, source_type=OPTIMISED)
    values = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    plain = encode(PressSheet(values, SRGB, 10.0, 10.0, "<xmp/>", "Toss"))
    done = ("c2pa.resized", "c2pa.converted")
    options = {"media_type": media_type, "design": design, "actions": done, "tool": "Toile 1.0"}
    signed = Signer(identity).sign_copy(plain, row, **options)
    told = told_of(signed, media_type)
    manifest = told["manifests"][told["active_manifest"]]
    [parent] = manifest["ingredients"]
    assert (parent["relationship"], parent["title"]) == ("parentOf", "Tee × Ikat")
    # the design's own credentials are inside too, with how it was made
    created = told["manifests"][parent["active_manifest"]]
    assert OPTIMISED in json.dumps(created["assertions"])
    [actions] = [one for one in manifest["assertions"] if one["label"].startswith("c2pa.actions")]
    assert [one["action"] for one in actions["data"]["actions"]] == ["c2pa.opened", *done]
    assert b"<xmp/>" in signed
    if media_type != "application/pdf":
        assert (decode(signed, name="signed").rgb == values).all()


def test_a_pixel_that_is_changed_later_breaks_the_signature(identity):
    import c2pa

    signed = bytearray(
        Signer(identity).sign(PICTURE, planned_row("tee", "ikat"), FACTS, source_type=OPTIMISED)
    )
    signed[-20] ^= 1
    with c2pa.Reader("image/png", io.BytesIO(bytes(signed))) as reader:
        told = json.loads(reader.json())
    assert "assertion.dataHash.mismatch" in {one["code"] for one in told["validation_status"]}


def test_a_shard_with_a_signer_writes_signed_designs_and_takes_them_over(identity, tmp_path):
    storage = DirectoryStorage(tmp_path / "bucket")
    shard = some_shard(storage, contents=("tee",), styles=("ikat",))
    options = {"storage": storage, "facts": FACTS, "pace": PACE, "signer": Signer(identity)}
    render_shard(shard, engine=FakeEngine(), **options)
    [id_] = shard.design_ids
    manifest_of(storage.read(design_key(id_)))
    before = part_rows(storage, shard)
    storage.delete(shard.part_key)
    assert render_shard(shard, engine=FakeEngine(), **options).there == 1
    assert part_rows(storage, shard) == before


def test_a_key_of_somebody_else_is_refused_before_anything_is_painted(identity, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    wrong = identity.model_copy(update={"private_key": write_identity(other).private_key})
    tools = Equipment(make_signer=lambda: Signer(wrong))
    with pytest.raises(SigningFailed, match=r"house\.pem and .*house\.key cannot sign"):
        tools.signer()


def test_files_that_are_not_there_are_named(identity):
    lost = identity.model_copy(update={"certificate": "nowhere/house.pem"})
    with pytest.raises(SigningUnavailable, match=r"signing\.certificate: nowhere/house\.pem cannot be read"):
        Signer(lost).check()


def test_signatures_without_the_library_say_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(SigningUnavailable, match=r"toile\[c2pa\]"):
        Signer(write_identity(tmp_path)).check()


def test_a_storage_file_names_key_and_certificate_beside_itself(tmp_path):
    file = tmp_path / "storage.yaml"
    file.write_text("root: bucket\nsigning: {certificate: house.pem, private_key: /safe/house.key}\n")
    signing = load_signing(file)
    assert signing is not None
    assert load_storage(file).signing == signing
    assert (signing.certificate, signing.private_key) == (str(tmp_path / "house.pem"), "/safe/house.key")
    file.write_text("root: bucket\nsigning: {certificate: house.pem}\n")
    with pytest.raises(ConfigError) as caught:
        load_storage(file)
    assert caught.value.key == "signing.private_key"


def test_nobody_is_asked_for_a_signature_that_nobody_wants(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOILE_STORAGE", raising=False)
    assert Equipment().signer() is None
