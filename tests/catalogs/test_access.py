"""Policies: every key of the layout is somebody's to write, and nobody may do more than his work."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from catalogs import layout
from catalogs.access import ROLES, policy

ID = "ab" * 16
# An object of each kind, and which roles may read, write and delete it.
WORKER, GALLERY, KEEPER, PEOPLE = "worker", "gallery", "housekeeping", "catalogs"
TRAINER = "trainer"
OBJECTS = {
    "content/tee.png": (set(ROLES), {PEOPLE}, {PEOPLE}),
    "style/catalog.csv": (set(ROLES), {PEOPLE}, {PEOPLE}),
    layout.design_key(ID): (set(ROLES), {WORKER, KEEPER}, {KEEPER}),
    layout.thumb_key(ID): (set(ROLES), {WORKER, KEEPER}, {KEEPER}),
    layout.tile_key(ID): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, KEEPER}, {KEEPER}),
    layout.tile_claim_key(ID): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, KEEPER}, {WORKER, KEEPER}),
    layout.plan_key("night"): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, KEEPER}, {KEEPER}),
    layout.part_key("night", 1, [ID]): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, KEEPER}, {KEEPER}),
    layout.claim_key("night", 1): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, KEEPER}, {WORKER, KEEPER}),
    layout.crash_key("night", 1): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, KEEPER}, {WORKER, KEEPER}),
    layout.manifest_key("night"): (set(ROLES), {WORKER, KEEPER}, {KEEPER}),
    layout.report_key("night"): (set(ROLES), {WORKER, KEEPER}, {KEEPER}),
    layout.colorway_sheet_key("night"): (set(ROLES), {WORKER, KEEPER}, {WORKER, KEEPER}),
    layout.LATEST_KEY: (set(ROLES), {WORKER, KEEPER}, set()),
    layout.quarantine_key(ID): ({WORKER, KEEPER}, {WORKER, KEEPER}, {WORKER, KEEPER}),
    layout.digests_key("content"): ({WORKER, KEEPER, PEOPLE, TRAINER}, {WORKER, PEOPLE, TRAINER}, set()),
    f"{layout.DOCTOR_PREFIX}1.txt": ({WORKER}, {WORKER}, {WORKER}),
    f"{layout.SHORTLISTS_PREFIX}spring.json": (set(ROLES) - {TRAINER}, {GALLERY}, set()),
    layout.shortlist_key("spring", "1"): (set(ROLES) - {TRAINER}, {GALLERY}, {GALLERY}),
    layout.packed_key("spring", "1"): (set(ROLES) - {TRAINER}, {GALLERY}, {GALLERY}),
    layout.notice_key("night", "ended"): (
        {WORKER, KEEPER, PEOPLE, TRAINER},
        {WORKER, KEEPER},
        {WORKER, KEEPER},
    ),
    # a form's request is written by its run
    layout.request_key("1"): (set(ROLES) - {TRAINER}, {GALLERY, WORKER}, set()),
    layout.request_claim_key("1"): (set(ROLES) - {TRAINER}, {GALLERY, WORKER}, {WORKER, KEEPER}),
    layout.request_end_key("1"): (set(ROLES) - {TRAINER}, {GALLERY, WORKER}, set()),
    layout.request_try_key("1", 2): (set(ROLES) - {TRAINER}, {GALLERY, WORKER}, set()),
    layout.weights_key("johnson", "ikat"): ({WORKER, PEOPLE, TRAINER}, {TRAINER}, set()),
    layout.card_key("stylebank"): ({WORKER, PEOPLE, TRAINER}, {TRAINER}, set()),
    f"{layout.training_prefix('johnson', 'ikat')}x.json": ({WORKER, PEOPLE, TRAINER}, {TRAINER}, {TRAINER}),
    f"{layout.training_prefix('stylebank')}x.json": ({WORKER, PEOPLE, TRAINER}, {TRAINER}, {TRAINER}),
    f"{layout.TRASH_PREFIX}20270101T000000Z/designs/x.png": ({KEEPER}, {KEEPER}, {KEEPER}),
    f"{layout.DAMAGED_PREFIX}20270101T000000Z/designs/x.png": ({KEEPER}, {KEEPER}, {KEEPER}),
    "somewhere/else.txt": (set(), set(), set()),
}


def may(role: str, action: str, key: str, prefix: str = "house") -> bool:
    """Read a policy as S3 does: ``*`` stands for any characters, slashes too; all else is refused."""
    arn = f"arn:aws:s3:::toile/{prefix}/{key}"
    return any(
        action in statement["Action"] and any(fnmatchcase(arn, pattern) for pattern in statement["Resource"])
        for statement in policy(ROLES[role], "toile", "house")["Statement"]
    )


@pytest.mark.parametrize("key", OBJECTS)
def test_each_object_is_open_to_those_whose_work_it_is(key):
    actions = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
    found = tuple({role for role in ROLES if may(role, action, key)} for action in actions)
    assert found == OBJECTS[key]


def test_every_prefix_of_the_layout_is_in_the_table_above():
    # a new kind of object has to be given to somebody in catalogs/access.py, or real buckets refuse it
    prefixes = [value for name, value in vars(layout).items() if name.endswith(("_PREFIX", "_KEY"))]
    assert prefixes
    for prefix in prefixes:
        assert any(key.startswith(prefix) for key in OBJECTS), prefix


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_open_beside_the_house(role):
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert not any(may(role, action, key, prefix) for key in OBJECTS for prefix in ("other", "house2"))


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_allows_by_name_and_denies_by_silence(role):
    told = policy(ROLES[role], "toile")
    json.dumps(told)
    assert told["Version"] == "2012-10-17"
    for statement in told["Statement"]:
        assert statement["Effect"] == "Allow"
        assert all(action.startswith("s3:") and "*" not in action for action in statement["Action"])
        assert all(arn.startswith("arn:aws:s3:::toile") for arn in statement["Resource"])
        assert "arn:aws:s3:::toile/*" not in statement["Resource"]
