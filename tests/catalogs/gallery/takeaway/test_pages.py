from __future__ import annotations

import io
import re
import zipfile

import pytest
from PIL import Image

from catalogs.gallery.house import House
from catalogs.gallery.takeaway.credits import credits_of
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, publish_rows
from tests.catalogs.gallery.takeaway.test_files import shown, with_pictures


@pytest.fixture
def shop(bucket: Storage, house: House) -> House:
    rows = [a_design(n, style_attribution_line="“Été” by Mill 7, CC-BY-4.0, adapted") for n in range(20)]
    with_pictures(bucket, rows)
    publish_rows(bucket, rows)
    house.watch.look()
    return house


@pytest.mark.parametrize(("paper", "box"), [("a4", rb"595\.\d+ 841\.\d+"), ("letter", rb"612 792")])
def test_a_line_sheet_has_nine_designs_a_page_and_a_page_of_credits(shop: House, client, paper, box):
    answer = client.get(f"/takeaway/line-sheet?paper={paper}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert re.search(rb"/MediaBox \[ 0 0 " + box, answer.content)
    # 20 designs are 9, 9 and 2; what they were made from takes one page more
    assert len(re.findall(rb"/Type /Page\b", answer.content)) == 4
    assert b"FontFile2" in answer.content


def test_each_kind_is_a_download_with_a_name_of_its_own(shop: House, client):
    endings = {"line-sheet": "pdf", "spreadsheet": "xlsx", "pictures": "zip", "contact-sheet": "png"}
    for kind, ending in endings.items():
        answer = client.get(f"/takeaway/{kind}?category=dress&sort=motif")
        assert answer.status_code == 200
        name = answer.headers["content-disposition"]
        assert re.fullmatch(rf'attachment; filename="designs--\d\d\d\d-\d\d-\d\d\.{ending}"', name)
    assert Image.open(io.BytesIO(client.get("/takeaway/contact-sheet").content)).format == "PNG"


def test_designs_are_taken_by_their_ids_in_that_order(shop: House, client):
    ids = [a_design(number)["design_id"] for number in (7, 3)]
    answer = client.get(f"/takeaway/pictures?ids={ids[0]}&ids={ids[1]}")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archived:
        table = archived.read("designs.csv").decode("utf-8-sig")
    assert [line.split(",")[2] for line in table.splitlines()[1:]] == ids


@pytest.mark.parametrize("query", ["category=hat", f"ids={'0' * 32}"])
def test_nothing_to_take_away_is_told(shop: House, client, query: str):
    answer = client.get(f"/takeaway/pictures?{query}")
    assert answer.status_code == 400
    assert "no design to take away" in answer.text


def test_what_is_no_id_is_refused(shop: House, client):
    assert client.get("/takeaway/pictures?ids=../etc/passwd").status_code == 422


def test_credits_name_each_image_once_with_its_designs(shop: House):
    pieces = list(shown(shop).pieces())
    told = credits_of(pieces, shop.words)
    # 4 garments, and styles 0 to 4 of 20 designs
    assert len(told) == 4 + 5
    assert all(any("adapted" in line for line in one.lines) for one in told[4:])
    assert "In designs 1, 5, 9, 13, 17" in told[0].lines[-1] + " ".join(told[0].lines)


def test_pages_offer_what_can_be_taken_away(shop: House, client):
    assert "/takeaway/line-sheet?category=dress" in client.get("/?category=dress").text
    one = a_design(0)["design_id"]
    assert f"/takeaway/pictures?ids={one}" in client.get(f"/design/{one}").text
